"""What a judge is asked: evidence, question and choices out of the last user message. Pure and linear."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DEFAULT_CHOICES = ("yes", "no")
CHOICES_LINE = "answer with exactly one of:"
EXCLUDED_LINE = "not met when:"
UNSURE_LINE = ": cannot be told from the text"
REASON_LINE = "First reason, in at most four sentences: "
OVERALL = "All criteria listed above taken together"

_MARK = "data-"
_MAX_TAG = 128
_NUMBER = re.compile(r"Criterion: \[([0-9]{1,4})\]")
_WEIGHED = re.compile(r"(A fault, which|It) should (not )?(hold|be there); weight [0-9.e+]+\.")
_TAG = re.compile(r"[a-z0-9_]+-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Question:
    """A user message taken apart."""

    evidence: str
    """The text to judge."""
    text: str
    """What is asked about it."""
    choices: tuple[str, ...] = DEFAULT_CHOICES
    """The answers on offer, lowest first."""
    choices_given: bool = False
    """Whether the message named the choices."""
    unsure: str | None = None
    """The choice that means that the text does not tell."""


@dataclass(frozen=True, slots=True)
class Fence:
    """One `<data-NAME-NONCE>` or `</data-NAME-NONCE>`, at text[start:end]."""

    tag: str
    closing: bool
    start: int
    end: int


def read_question(message: str, system: str = "") -> Question:
    """Take a user message apart. A question `Criterion: [2]` is looked up in the `system` message's list.

    A last line `Answer with exactly one of: A, B, C.` names the choices (else yes, no) and is dropped.
    Evidence is the contents of the last fenced block, the question what follows its closing fence. Without
    a fence the question is the last paragraph and everything before it is evidence. A line of the question
    that starts with `Not met when:` is dropped.
    """
    body, choices = _take_choices(message.rstrip())
    evidence, text = last_block(body) or _last_paragraph(body)
    return asked(evidence, text, choices, system)


def asked(evidence: str, text: str, choices: tuple[str, ...], system: str) -> Question:
    """The question in these lines.

    One that ends with `: cannot be told from the text` names the choice for that, and is dropped, too.
    """
    text = _listed(text.strip(), system) or text
    lines = [line for line in text.splitlines() if not _left_out(line)]
    unsure = next((line.removesuffix(UNSURE_LINE) for line in lines if line.endswith(UNSURE_LINE)), None)
    lines = [line for line in lines if not line.endswith(UNSURE_LINE)]
    return Question(
        evidence,
        "\n".join(lines).strip(),
        choices or DEFAULT_CHOICES,
        bool(choices),
        unsure if unsure in choices else None,
    )


def _left_out(line: str) -> bool:
    return (
        _starts(line, EXCLUDED_LINE) or line.startswith(REASON_LINE) or _WEIGHED.fullmatch(line) is not None
    )


def _listed(text: str, system: str) -> str | None:
    """The criterion that `Criterion: [N]` names, as it would be asked alone; for the one grade, all."""
    if text.startswith(f"Criterion: {OVERALL}"):
        return system.partition("\n\nCriteria:\n\n")[2] or None
    named = _NUMBER.fullmatch(text)
    if named is None:
        return None
    _, found, rest = f"{system}\n\n".partition(f"\n\n[{named[1]}] ")
    return f"Criterion: {rest.partition(chr(10) * 2)[0]}" if found else None


def last_block(text: str) -> tuple[str, str] | None:
    r"""Contents of the last fenced block and the text after it, or None.

    A block is `<data-NAME-NONCE>\n`, contents, `\n</data-NAME-NONCE>` with one name and one nonce on both
    ends. Of nested blocks the outer one closes last, so fences that the contents make up do not count.
    """
    opened: dict[str, int] = {}
    found: tuple[int, int, int] | None = None
    for fence in _fences(text):
        if not fence.closing and text.startswith("\n", fence.end):
            opened[fence.tag] = fence.end + 1
        elif fence.closing and fence.tag in opened and text.startswith("\n", fence.start - 1):
            found = (opened.pop(fence.tag), fence.start - 1, fence.end)
    if found is None:
        return None
    first, last, end = found
    return text[first:last], text[end:]


def _fences(text: str) -> Iterator[Fence]:
    at = text.find(_MARK)
    while at >= 0:
        fence = _fence_at(text, at)
        if fence is not None:
            yield fence
        at = text.find(_MARK, at + len(_MARK))


def _fence_at(text: str, mark: int) -> Fence | None:
    before = text[max(0, mark - 2) : mark]
    if not before.endswith(("<", "</")):
        return None
    first = mark + len(_MARK)
    last = text.find(">", first, first + _MAX_TAG)
    tag = text[first : max(first, last)]
    if not _TAG.fullmatch(tag):
        return None
    closing = before == "</"
    return Fence(tag, closing, mark - 2 if closing else mark - 1, last + 1)


def _take_choices(message: str) -> tuple[str, tuple[str, ...]]:
    head, _, line = message.rpartition("\n")
    if not _starts(line, CHOICES_LINE):
        return message, ()
    _, _, listed = line.partition(":")
    names = (name.strip() for name in listed.strip().removesuffix(".").split(","))
    return head, tuple(dict.fromkeys(name for name in names if name))


def _last_paragraph(text: str) -> tuple[str, str]:
    evidence, _, question = text.rstrip().rpartition("\n\n")
    return evidence, question


def _starts(line: str, prefix: str) -> bool:
    return line.lstrip()[: len(prefix)].casefold() == prefix
