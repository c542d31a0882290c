"""Figures as sentences have them."""

from collections.abc import Iterable

from reward_server.load.record import Shape
from reward_server.report.words import number as number  # noqa: PLC0414 - one place for figures in sentences
from reward_server.report.words import seconds as seconds  # noqa: PLC0414
from reward_server.report.words import share as share  # noqa: PLC0414

_UNITS: dict[Shape, str] = {
    "closed": "calls in flight",
    "constant": "rollouts/s offered",
    "poisson": "rollouts/s offered",
    "burst": "rollouts at once",
}


def load(shape: Shape, value: float) -> str:
    """A load with its unit."""
    if shape == "closed" and value == 1:
        return "1 call in flight"
    return f"{number(value)} {_UNITS[shape]}"


def calls(count: float) -> str:
    """`1 call`, `24 calls`."""
    return f"{number(count)} {'call' if number(count) == '1' else 'calls'}"


def unit(shape: Shape) -> str:
    """What a load of this shape counts."""
    return _UNITS[shape]


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
