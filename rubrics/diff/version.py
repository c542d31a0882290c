"""Whether the author's version went up with the content."""

import re
from typing import Literal

Step = Literal["same", "raised", "lowered", "other"]
"""`other`: changed, in a way that has no order."""

_NUMBERS = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,5})")


def step(before: str, after: str) -> Step:
    """Compare two versions: `1.9` is less than `1.10`, and equal to `1.9.0`."""
    if before == after:
        return "same"
    old, new = _numbers(before), _numbers(after)
    if old is None or new is None:
        return "other"
    if old == new:
        return "same"
    return "raised" if old < new else "lowered"


def _numbers(version: str) -> list[int] | None:
    found = _NUMBERS.fullmatch(version)
    if found is None:
        return None
    numbers = [int(number) for number in found[1].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return numbers
