"""From numbers to places on an axis, and where its ticks stand."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from math import ceil, floor, log10
from typing import Protocol

import msgspec

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LOG_STEPS = (1.0, 2.0, 5.0)
_HAIR = 1e-9
"""Slack for numbers that rounding has moved off a tick, in steps."""
_TINY = 1e-9
"""What is smaller is as good as 0."""


class Scale(Protocol):
    """An axis without its pixels."""

    @property
    def low(self) -> float:
        """Its start."""
        ...

    @property
    def high(self) -> float:
        """Its end."""
        ...

    def share(self, value: float) -> float:
        """How far along the axis a value lies: 0 at its start, 1 at its end; never beyond."""
        ...

    def ticks(self) -> Sequence[float]:
        """Values to label, in order."""
        ...


class Linear(msgspec.Struct, frozen=True):
    """Equal distances for equal differences."""

    low: float
    high: float
    step: float

    @classmethod
    def over(cls, values: Iterable[float], most: int = 6, low: float = 0) -> "Linear":
        """From `low` to a tick at or above the greatest value, in at most so many steps."""
        reach = max((value - low for value in values), default=0.0)
        span = reach if reach > _TINY else 1.0
        step = _step(span, most)
        return cls(low, low + step * ceil(span / step - _HAIR), step)

    @classmethod
    def exactly(cls, low: float, high: float, most: int = 6) -> "Linear":
        """From one number to another, which need not have a tick."""
        return cls(low, high, _step(high - low, most)) if high - low > _TINY else cls.over([], most, low)

    def share(self, value: float) -> float:
        return _within((value - self.low) / (self.high - self.low))

    def ticks(self) -> Sequence[float]:
        return [
            self.low + self.step * n for n in range(floor((self.high - self.low) / self.step + _HAIR) + 1)
        ]


class Log(msgspec.Struct, frozen=True):
    """Equal distances for equal ratios. What is not above 0 lies at the start."""

    low: float
    high: float
    most: int = 7
    """Ticks that there is room for. Of whole decades only, where 2s and 5s would be too many."""

    @classmethod
    def over(cls, values: Iterable[float], most: int = 7) -> "Log":
        """Between two ticks that hold all values between them."""
        seen = [max(value, _TINY) for value in values if value > 0] or [1.0]
        low, high = _below(min(seen), _LOG_STEPS), _above(max(seen), _LOG_STEPS)
        if not _fine(log10(high / low), most):
            low, high = _below(low, (1.0,)), _above(high, (1.0,))
        return cls(low, high if high > low else low * 10, most)

    def share(self, value: float) -> float:
        return _within(log10(max(value, self.low) / self.low) / self._decades)

    def ticks(self) -> Sequence[float]:
        steps = _LOG_STEPS if _fine(self._decades, self.most) else (1.0,)
        stride = max(1, ceil(self._decades / (self.most - 1) - _HAIR))
        above = takewhile(lambda tick: tick <= self.high * (1 + _HAIR), _log_ticks(self.low, steps, stride))
        return [tick for tick in above if tick >= self.low * (1 - _HAIR)]

    @property
    def _decades(self) -> float:
        return log10(self.high / self.low)


def _step(span: float, most: int) -> float:
    """The smallest round step of which `most` reach over the span."""
    power = 10.0 ** floor(log10(span / most))
    return next(step * power for step in _STEPS if step * power * most >= span * (1 - _HAIR))


def _fine(decades: float, most: int) -> bool:
    """Whether there is room for 1s, 2s and 5s."""
    return 3 * decades + 1 <= most + _HAIR


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))


def _below(value: float, steps: Sequence[float]) -> float:
    power = 10.0 ** floor(log10(value) + _HAIR)
    return max(step * power for step in steps if step * power <= value * (1 + _HAIR))


def _above(value: float, steps: Sequence[float]) -> float:
    power = 10.0 ** floor(log10(value) + _HAIR)
    return min(step * power for step in (*steps, 10.0) if step * power >= value * (1 - _HAIR))


def _log_ticks(low: float, steps: Sequence[float], stride: int) -> Iterator[float]:
    power = floor(log10(low) + _HAIR)
    while True:
        yield from (step * 10.0**power for step in steps)
        power += stride
