"""What failed calls leave behind, and how sure a step is to meet a slow one."""

from math import expm1, log, log1p


def incomplete(failed: float, calls: float, retries: int) -> float:
    """Share of the rollouts that lack a verdict, where this share of attempts fails, each by itself.

    `calls` are those of one rollout: 1 - (1 - failed ** (retries + 1)) ** calls.
    """
    lost = failed ** (retries + 1)
    if lost == 1.0:
        return 1.0 if calls else 0.0
    return -expm1(calls * log1p(-lost))


def beyond(quantile: float, calls: float) -> float:
    """Probability that one of so many calls is slower than this quantile of all: 1 - quantile ** calls."""
    return -expm1(calls * log(quantile))
