"""Labels as people and datasets write them: `true`, `"true"`, `1` and `1.0` name the same label."""

from rubrics.rollout import Json

YES, NO = "yes", "no"

_YES_WORDS = frozenset({"yes", "true", "met", "1"})
_NO_WORDS = frozenset({"no", "false", "unmet", "0"})


def label_key(value: Json) -> str | None:
    """A label as a table's key: `true` for True, `3` for 3.0, text as it is; None for what is no label."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) or None if isinstance(value, str | int | float) else None


def yes_or_no(key: str) -> str | None:
    """A label of a yes-or-no question: `yes` for yes, true, met and 1; `no` for no, false, unmet and 0."""
    word = key.strip().casefold()
    if word in _YES_WORDS:
        return YES
    return NO if word in _NO_WORDS else None
