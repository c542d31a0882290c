"""Figures as sentences have them."""

from collections.abc import Iterable

from reward_server.load.record import Shape

_UNITS: dict[Shape, str] = {
    "closed": "calls in flight",
    "constant": "rollouts/s offered",
    "poisson": "rollouts/s offered",
    "burst": "rollouts at once",
}


def number(value: float) -> str:
    """Three digits, no exponent: 0.0123, 4.56, 1,024."""
    if value and abs(value) < 100:
        return f"{float(f'{value:.3g}'):.6f}".rstrip("0").rstrip(".")
    return f"{value:,.0f}"


def seconds(value: float) -> str:
    """A time with its unit."""
    return f"{number(value * 1000)} ms" if value < 1 else f"{number(value)} s"


def share(value: float) -> str:
    """A share in per cent; what is not 0 does not look like it."""
    return f"{value:.1%}" if 0 < value < 0.1 else f"{value:.0%}"


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
