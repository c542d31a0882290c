"""Numbers as a reader wants them. What is absent is a dash, never 0."""

from reward_server.report.tables import MISSING

_MANY = 10_000
_LETTERS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def number(value: float | None) -> str:
    """Three digits, no exponent: 0.0123, 4.56, 1,024."""
    if value is None:
        return MISSING
    if value and abs(value) < 100:
        return f"{float(f'{value:.3g}'):.6f}".rstrip("0").rstrip(".")
    return f"{value:,.0f}"


def compact(value: float | None) -> str:
    """The same with a letter for many zeros: 400k, 1.2M."""
    if value is None or abs(value) < _MANY:
        return number(value)
    unit, letter = next((unit, letter) for unit, letter in _LETTERS if abs(value) >= unit)
    return f"{number(value / unit)}{letter}"


def seconds(value: float | None) -> str:
    """A time with its unit: `340 ms`, `1.25 s`."""
    if value is None:
        return MISSING
    return f"{number(value * 1000)} ms" if value < 1 else f"{number(value)} s"


def share(value: float | None) -> str:
    """A share in per cent; what is not 0 does not look like it."""
    if value is None:
        return MISSING
    return f"{value:.1%}" if 0 < value < 0.1 else f"{value:.0%}"
