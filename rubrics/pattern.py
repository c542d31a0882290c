"""Author-written regular expressions over hostile text: RE2 only, which is linear in the text."""

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

if TYPE_CHECKING:
    import re2


@cache
def _compiled(pattern: str) -> "re2._Regexp":
    import re2

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise ValueError(f"not an RE2 pattern: {why[:_LONGEST]}{_advice(why)}") from None


_LONGEST = 120
_ADVICE = (
    (r"perl operator: \(\?<?[=!]", "RE2 has no look-around: make it two checks, or use `not_regex`"),
    (r"escape sequence: \\[1-9k]", "RE2 has no back-references"),
    (r"missing ([\])])", r"close it, or write \[ or \( for the character itself"),
    (r"unexpected \)|repetition operator: [*+?]$", r"write \ before it for the character itself"),
)
"""What to do about an error of RE2's."""


def _advice(why: str) -> str:
    return next((f" ({advice})" for said, advice in _ADVICE if re.search(said, why)), "")


def _valid(pattern: str) -> str:
    _compiled(pattern)
    return pattern


Pattern = Annotated[str, AfterValidator(_valid)]
"""A pattern that RE2 accepts."""


def occurs(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text. A lone surrogate is read as a question mark."""
    search = _compiled(pattern).search
    try:
        return search(text) is not None
    except UnicodeEncodeError:
        return search(text.encode("utf-8", "replace").decode()) is not None
