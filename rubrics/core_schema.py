"""Plain scalars as the core schema reads them (YAML 1.2.2, section 10.3.2).

`yes` and `no` are text, `010` is ten, and `1_000`, `1:30` and `2024-01-31` are text, too.
"""

import math
import re

from rubrics.rollout import Json

_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = {
    **dict.fromkeys(
        (f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")), math.inf
    ),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}


def plain(text: str) -> Json:
    """The value of a plain scalar: null, a boolean, a number, or else the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    return float(text) if _FLOAT.fullmatch(text) else _NOT_FINITE.get(text, text)


def _integer(text: str) -> Json:
    try:
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    except ValueError:  # Python reads no more than 4,300 digits
        return math.inf
