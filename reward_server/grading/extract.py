"""Taking the answer out of a completion. The last match wins, because a policy may think aloud before it."""

import re
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import re2
from pydantic import Discriminator, Tag, field_validator, model_validator

from reward_server.grading.number_search import find_last
from reward_server.grading.numbers import PLAIN, Notation
from reward_server.reward.component import WRONG, Component
from rubrics.completion import Completion, Part
from rubrics.options import Options
from rubrics.outcome import Score
from rubrics.problems import did_you_mean
from rubrics.rollout import Json, dig

if TYPE_CHECKING:
    from reward_server.reward.surroundings import Surroundings

TAIL = 65_536
"""Characters at the end of a text in which a regex looks for its last match."""
LONGEST_BOX = 20_000
"""Characters; a longer `\\boxed{...}` is not read."""


class ByRegex(Options):
    """The last match of a regular expression: its first group if it has one, else all of it."""

    regex: str
    """RE2 syntax (linear time; no look-around, no back-references). Searches the last 65,536 characters."""

    @field_validator("regex")
    @classmethod
    def _compiles(cls, regex: str) -> str:
        _compile(regex)
        return regex

    @cached_property
    def pattern(self) -> "re2._Regexp":
        """The compiled expression, over UTF-8 bytes."""
        return _compile(self.regex)


class ByField(Options):
    """A value of the answer's JSON object."""

    field: str
    """Dotted path of the key: `result.total`."""


Marker = Literal["boxed", "hashes", "last_number", "whole"]


def _kind(value: object) -> str | None:
    """Which form of `extract` is meant, so that a mistake is reported for that form alone."""
    if isinstance(value, ByRegex) or (isinstance(value, dict) and "regex" in value):
        return "regex"
    if isinstance(value, ByField) or (isinstance(value, dict) and "field" in value):
        return "field"
    return "marker" if isinstance(value, str) else None


Extract = Annotated[
    Annotated[Marker, Tag("marker")] | Annotated[ByRegex, Tag("regex")] | Annotated[ByField, Tag("field")],
    Discriminator(
        _kind,
        custom_error_type="extract",
        custom_error_message="`extract` is boxed, hashes, last_number, whole, {regex: ...} or {field: ...}",
    ),
]

_NOTHING = {
    "boxed": "no complete \\boxed{...}",
    "hashes": "no #### line",
    "last_number": "no single number",
    "whole": "empty",
}


class Extracting(Component):
    """Options of a component that compares one text out of the completion."""

    extract: Extract = "whole"
    """Where the answer stands. `boxed`: the last `\\boxed{...}` or `\\fbox{...}`; `hashes`: the rest of the
    line after the last `####`; `last_number`: the last number, if it stands by itself; `whole`: everything;
    `{regex: ...}`: the last match; `{field: a.b}`: a value of the JSON answer."""
    of: Part = "answer"
    """The part that is searched: the `answer` as the file's `completion` layout defines it, the `reasoning`,
    or `all` of the text."""

    @model_validator(mode="after")
    def _field_of_answer(self) -> Self:
        if isinstance(self.extract, ByField) and self.of != "answer":
            raise ValueError("`extract: {field: ...}` reads the JSON answer, so `of` can only be `answer`")
        return self

    def bind(self, surroundings: "Surroundings") -> Component:
        if isinstance(self.extract, ByField):
            require_key(self.extract.field, surroundings, "extract", "field")
        return self

    def taken(self, completion: Completion, notation: Notation = PLAIN) -> str | None:
        """The text to compare; None where the completion does not hold one. Linear in the completion."""
        if isinstance(self.extract, ByField):
            return as_text(dig(completion.fields, self.extract.field))
        return _find(self.extract, completion.part(self.of), notation)

    def nothing(self, completion: Completion) -> Score:
        """The policy's fault, named: there was nothing to take."""
        if self.of == "answer" and (completion.answer is None or isinstance(self.extract, ByField)):
            return unreadable(completion)
        kind = self.extract
        return Score(WRONG, _NOTHING[kind] if isinstance(kind, str) else "no match of the regex")


def unreadable(completion: Completion, fallback: str = "field missing") -> Score:
    """A Score of 0 for an answer that cannot be read, with the first thing that is wrong with it."""
    return Score(WRONG, str(next(iter(completion.faults), fallback)))


def require_key(field: str | None, surroundings: "Surroundings", *steps: str | int) -> None:
    """Check `field`, a dotted key of the JSON answer, or None for an answer in text, against the layout.

    Raises a ConfigError at `steps` where an answer of this layout cannot have it.
    """
    answer = surroundings.layout.answer
    keys = answer.keys if answer is not None else None
    head = (field or "").partition(".")[0]
    if field is None and keys is not None:
        hint = f"the keys: {', '.join(keys)}"
        raise surroundings.error("the answer is a JSON object: name one of its keys in `field`", hint=hint)
    if field is not None and keys is None:
        message = f"`{field}` is a key of a JSON answer, but `completion` declares none"
        hint = f"for example `completion: {{answer: {{json: {{{head}: any}}}}}}`"
        raise surroundings.error(message, *steps, hint=hint)
    if keys is not None and head not in keys:
        message = f"the JSON answer has no key `{field}`"
        raise surroundings.error(message, *steps, hint=did_you_mean(head, keys))


def as_text(value: Json) -> str | None:
    """A JSON scalar as text: `true`, `3`, `0.5`; None for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def last_boxed(text: str) -> str | None:
    r"""The content of the last `\boxed{...}` or `\fbox{...}`; None unless its braces are balanced."""
    start = max(text.rfind("\\boxed{"), text.rfind("\\fbox{"))
    if start < 0:
        return None
    inside = text.index("{", start) + 1
    depth = 1
    for found in _BRACE.finditer(text, inside, inside + LONGEST_BOX):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth:
            return text[inside : found.start()].strip()
    return None


def after_hashes(text: str) -> str | None:
    """The rest of the line after the last `####`, as in GSM8K."""
    _, hashes, rest = text.rpartition("####")
    return rest.partition("\n")[0].strip() if hashes else None


def last_match(pattern: "re2._Regexp", text: str) -> str | None:
    """The first group, or all, of the last match within the last `TAIL` characters."""
    matches = deque(pattern.finditer(text[-TAIL:].encode("utf-8", "surrogatepass")), maxlen=1)
    found: Any = matches[0][min(1, pattern.groups)] if matches else None
    return found.decode("utf-8", "replace").strip() if found is not None else None


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def _find(extract: Marker | ByRegex, text: str, notation: Notation) -> str | None:
    match extract:
        case "whole":
            return text.strip() or None
        case "boxed":
            return last_boxed(text)
        case "hashes":
            return after_hashes(text)
        case "last_number":
            return find_last(text, notation)
        case ByRegex():
            return last_match(extract.pattern, text)


def _compile(regex: str) -> "re2._Regexp":
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(regex.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error
        raise ValueError(f"not a regular expression that RE2 can run: {reason}") from error
