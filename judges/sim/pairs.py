"""Options that are lists of pairs, as `10:1,30:2.5`."""

import math


class PairsError(ValueError):
    """The list cannot be read; the message names the bad part."""


def pairs(spec: str, form: str) -> list[tuple[float, float]]:
    """Read `A:B,A:B,...` of numbers, none below 0; the empty text is no pair. Raises PairsError.

    `form` is what the message tells to write.
    """
    return [_pair(part, form) for part in spec.split(",")] if spec.strip() else []


def _pair(part: str, form: str) -> tuple[float, float]:
    first, _, second = part.partition(":")
    try:
        found = float(first), float(second)
    except ValueError:
        found = math.nan, math.nan
    if not all(0 <= number < math.inf for number in found):
        raise PairsError(f"{part.strip()[:40]!a}: write {form}, with numbers that are not negative")
    return found
