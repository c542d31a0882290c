"""When work arrives under an open load, computed beforehand. Pure: seconds since the phase began.

Nothing about the server's answers goes into them, so a slow answer puts off no arrival: what is measured from
these times knows no coordinated omission.
"""

import random
from itertools import count, takewhile
from typing import Literal

OpenShape = Literal["constant", "poisson"]


def arrivals(shape: OpenShape, rate: float, seconds: float, seed: str) -> list[float]:
    """The times of all arrivals of `rate` a second within `seconds`."""
    return constant(rate, seconds) if shape == "constant" else poisson(rate, seconds, seed)


def constant(rate: float, seconds: float) -> list[float]:
    """Evenly spaced, the first at once."""
    return list(takewhile(lambda at: at < seconds, (number / rate for number in count())))


def poisson(rate: float, seconds: float, seed: str) -> list[float]:
    """Independent of each other: gaps are exponential with mean 1 / `rate`. Equal seeds, equal times."""
    gap = random.Random(seed).expovariate  # noqa: S311 - no secret is drawn
    times: list[float] = []
    at = gap(rate)
    while at < seconds:
        times.append(at)
        at += gap(rate)
    return times
