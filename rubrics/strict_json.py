"""Reading JSON that a policy or a judge wrote: exactly one object, no duplicate keys, no NaN.

No common parser rejects duplicate keys by itself, and two readers that keep different ones disagree
about what was said.
"""

import json
import math
from collections.abc import Iterable
from typing import Never

FENCE = "```"


class NotOneObject(ValueError):
    """The text is not exactly one JSON object."""


class DuplicateKey(NotOneObject):
    """An object names the same key twice."""


class TextAfterObject(NotOneObject):
    """A JSON object is followed by something else."""


def _unique(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    pairs = list(pairs)
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateKey("an object names the same key twice")
    return members


def _refuse(name: str) -> Never:
    raise NotOneObject(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotOneObject("a number is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)


def read_object(text: str) -> dict[str, object]:
    """The one JSON object that `text` is. Linear in the text. Raises `NotOneObject`."""
    text = text.strip()
    if not text.startswith("{"):
        raise NotOneObject("not a JSON object")
    try:
        value, end = _DECODER.raw_decode(text)
    except NotOneObject:
        raise
    except (ValueError, RecursionError) as error:
        raise NotOneObject("not valid JSON") from error
    if end != len(text):
        raise TextAfterObject("something follows the JSON object")
    assert isinstance(value, dict)
    return value


def unfence(text: str) -> tuple[str, bool]:
    """The inside of a Markdown code fence around the whole text, and whether there was one."""
    text = text.strip()
    if not (text.startswith(FENCE) and text.endswith(FENCE) and len(text) >= 2 * len(FENCE)):
        return text, False
    first_line, newline, rest = text.partition("\n")
    if not newline or first_line[len(FENCE) :].strip() not in ("", "json"):
        return text, False
    return rest[: -len(FENCE)], True
