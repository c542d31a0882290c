"""By what factor service times differ from the formula: drawn from a seed, with mean 1."""

import math
import random
from collections.abc import Callable

KINDS = "none, exponential, lognormal:SIGMA"
MOST = 3.0
"""The widest lognormal: the mean of few calls says nothing of wider ones."""

Factors = Callable[[], float]
"""The factor of the next call that gets a slot."""


class JitterError(ValueError):
    """The jitter cannot be read; the message says what can."""


def factors(spec: str, seed: str) -> Factors | None:
    """A stream of factors; equal seeds, equal streams. None where every factor is 1.

    `exponential`: standard deviation 1. `lognormal:S`: exp of a normal with standard deviation S and mean
    -S²/2, which makes the factor's mean 1 and its variance exp(S²) - 1. Raises JitterError.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret is drawn
    match spec.partition(":"):
        case ("none", "", ""):
            return None
        case ("exponential", "", ""):
            return lambda: draw.expovariate(1.0)
        case ("lognormal", ":", width):
            sigma = _sigma(spec, width)
            return lambda: draw.lognormvariate(-sigma * sigma / 2, sigma)
    raise JitterError(f"{spec[:40]!a} is no jitter; write one of {KINDS}")


def _sigma(spec: str, text: str) -> float:
    try:
        sigma = float(text)
    except ValueError:
        sigma = math.nan
    if not 0 <= sigma <= MOST:
        raise JitterError(f"{spec[:40]!a}: SIGMA is a number from 0 to {MOST:g}, as in lognormal:0.3")
    return sigma
