"""A completion taken apart by its layout: reasoning, answer, the answer's fields, and what is wrong with it.

The policy is trained against this code, so it is strict and linear: one pass of plain string searches,
never a backtracking regular expression, never an exception.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import msgspec

from rubrics.layout import PLAIN, Layout, Reasoning, Scalar, Vocabulary
from rubrics.strict_json import DuplicateKey, NotOneObject, TextAfterObject, read_object, unfence

Part = Literal["all", "reasoning", "answer"]


class Fault(StrEnum):
    """What is wrong with a completion's form. The policy's fault, always."""

    REASONING_MISSING = "reasoning_missing"
    REASONING_UNOPENED = "reasoning_unopened"
    REASONING_UNCLOSED = "reasoning_unclosed"
    REASONING_REPEATED = "reasoning_repeated"
    TEXT_BEFORE_REASONING = "text_before_reasoning"
    ANSWER_MISSING = "answer_missing"
    ANSWER_UNTAGGED = "answer_untagged"
    ANSWER_FENCED = "answer_fenced"
    ANSWER_NOT_JSON = "answer_not_json"
    ANSWER_DUPLICATE_KEY = "answer_duplicate_key"
    ANSWER_KEYS = "answer_keys"
    ANSWER_ORDER = "answer_order"
    ANSWER_VOCABULARY = "answer_vocabulary"
    TEXT_AFTER_ANSWER = "text_after_answer"


class Parts(msgspec.Struct, frozen=True):
    """One completion, taken apart."""

    reasoning: str | None
    answer: str | None
    fields: Mapping[str, object] | None
    faults: tuple[Fault, ...]


class Completion:
    """The policy's output with its parts, which are read once and on demand."""

    __slots__ = ("_parts", "layout", "text")

    def __init__(self, text: str, layout: Layout = PLAIN) -> None:
        self.text = text
        self.layout = layout
        self._parts: Parts | None = None

    @property
    def parts(self) -> Parts:
        if self._parts is None:
            self._parts = take_apart(self.text, self.layout)
        return self._parts

    @property
    def reasoning(self) -> str | None:
        """The text between the reasoning tags; None where they do not enclose one."""
        return self.parts.reasoning

    @property
    def answer(self) -> str | None:
        """The text of the answer; None where the completion does not get that far."""
        return self.parts.answer

    @property
    def fields(self) -> Mapping[str, object] | None:
        """The answer's JSON object; None unless it is exactly one, strictly read."""
        return self.parts.fields

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self.parts.faults

    def part(self, name: Part) -> str:
        """The text of a part, empty where it is missing."""
        return self.text if name == "all" else getattr(self.parts, name) or ""


def take_apart(text: str, layout: Layout) -> Parts:
    """Split a completion into its parts and name its faults. Linear; never raises."""
    faults: list[Fault] = []
    reasoning: str | None = None
    answer: str | None = text
    if layout.reasoning is not None:
        reasoning, answer = _split(text, layout.reasoning, faults)
    fields = None
    if answer is not None and layout.answer is not None:
        answer, fields = _read_answer(answer, layout, faults)
    if answer is None or not answer.strip():
        faults.append(Fault.ANSWER_MISSING)
    return Parts(reasoning, answer, fields, tuple(faults))


def _split(text: str, spec: Reasoning, faults: list[Fault]) -> tuple[str | None, str | None]:
    opened = text.find(spec.opening)
    closed = _first(spec.closing, text, opened)
    if closed < 0:
        return _unclosed(text, opened >= 0 or spec.prefilled, faults)
    answer = text[closed + len(spec.closing) :]
    if 0 <= opened < closed:
        inside = text[opened + len(spec.opening) : closed]
        if opened > 0 and not text[:opened].isspace():
            faults.append(Fault.TEXT_BEFORE_REASONING)
    elif spec.prefilled:
        inside = text[:closed]
    else:
        faults.append(Fault.REASONING_UNOPENED)
        return None, answer
    if ("<" in inside and spec.opening in inside) or spec.opening in answer or spec.closing in answer:
        faults.append(Fault.REASONING_REPEATED)
    return inside, answer


def _first(closing: str, text: str, opened: int) -> int:
    """`text.find(closing)`, several times faster for sound text, given where its opening tag stands.

    There the closing tag is near the end, with no other `<` before it, and looking for one character costs
    next to nothing.
    """
    last = text.rfind(closing)
    if text.find("<", opened + 1) == last and text.find("<", 0, max(opened, 0)) < 0:
        return last
    return text.find(closing)


def _unclosed(text: str, opened: bool, faults: list[Fault]) -> tuple[str | None, str | None]:
    if opened:
        faults.append(Fault.REASONING_UNCLOSED)
        return None, None
    faults.append(Fault.REASONING_MISSING)
    return None, text


def _read_answer(
    answer: str, layout: Layout, faults: list[Fault]
) -> tuple[str | None, Mapping[str, object] | None]:
    assert layout.answer is not None
    if layout.answer.tag is not None:
        return _tagged(answer, layout.answer.tag, faults), None
    fields = _read_fields(answer, faults)
    keys = layout.answer.keys
    if fields is not None and keys is not None:
        faults.extend(_key_faults(fields, keys))
    return answer.strip(), fields


def _tagged(answer: str, tag: str, faults: list[Fault]) -> str | None:
    opening, closing = f"<{tag}>", f"</{tag}>"
    before, opened, rest = answer.partition(opening)
    inside, closed, after = rest.partition(closing)
    if not (opened and closed) or before.strip():
        faults.append(Fault.ANSWER_UNTAGGED)
    elif after.strip() or opening in inside:
        faults.append(Fault.TEXT_AFTER_ANSWER)
    else:
        return inside.strip()
    return None


def _read_fields(answer: str, faults: list[Fault]) -> Mapping[str, object] | None:
    inside, fenced = unfence(answer)
    if fenced:
        faults.append(Fault.ANSWER_FENCED)
    try:
        return read_object(inside)
    except DuplicateKey:
        faults.append(Fault.ANSWER_DUPLICATE_KEY)
    except TextAfterObject:
        faults.append(Fault.TEXT_AFTER_ANSWER)
    except NotOneObject:
        if inside or fenced:
            faults.append(Fault.ANSWER_NOT_JSON)
    return None


def _key_faults(fields: Mapping[str, object], keys: Mapping[str, Vocabulary]) -> list[Fault]:
    faults = []
    if list(fields) != list(keys):
        if fields.keys() != keys.keys():
            return [Fault.ANSWER_KEYS]
        faults.append(Fault.ANSWER_ORDER)
    for key, vocabulary in keys.items():
        if not allowed(fields[key], vocabulary):
            faults.append(Fault.ANSWER_VOCABULARY)
            break
    return faults


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "any": (object,),
}


def allowed(value: object, vocabulary: Vocabulary) -> bool:
    """Whether a key may take this value: in the list, or of the type."""
    if isinstance(vocabulary, list):
        for word in vocabulary:  # noqa: SIM110 - runs for every key of every rollout; a generator costs triple
            if same(value, word):
                return True
        return False
    if isinstance(value, bool):
        return vocabulary in ("boolean", "any")
    return isinstance(value, _TYPES[vocabulary])


def same(value: object, word: Scalar) -> bool:
    """Equality as JSON means it: `true` is not 1, `"true"` is not `true`, 1.0 is 1."""
    if isinstance(value, bool) or isinstance(word, bool):
        return value is word
    return value == word
