"""Author-written regular expressions over hostile text: RE2 only, which is linear in the text."""

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
        raise ValueError(f"not an RE2 pattern: {why} (RE2 has no look-around or back-references)") from None


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
