"""When a slow call deserves a second attempt (promise 16). Pure.

A call is hedged when it has taken three times the median of its replica's recent calls, and longer than
nineteen in twenty of them. Measured on a judge with 1 % stragglers, an earlier trigger buys little and
repeats a quarter of the calls. Hedges are at most a twentieth of the calls.
"""

SHARE = 0.05
MOST = 20.0
"""Hedges in stock, at most: a long time without any does not allow a storm."""
MEDIANS = 3.0
PERCENTILE = 0.95


class Hedging:
    """Hedges in stock: none at the start, a twentieth for each call."""

    def __init__(self) -> None:
        self._stock = 0.0

    def earn(self) -> None:
        """Count a call."""
        self._stock = min(MOST, self._stock + SHARE)

    def spend(self) -> bool:
        """Take a hedge out of stock; False where none is left."""
        if self._stock < 1:
            return False
        self._stock -= 1
        return True


def trigger_s(median: float | None, percentile: float | None) -> float | None:
    """Seconds after which a call is hedged; None while there is too little to go by."""
    if median is None or percentile is None:
        return None
    return max(MEDIANS * median, percentile)
