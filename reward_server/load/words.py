"""Numbers and loads as a reader wants them."""

from reward_server.load.figures import words
from reward_server.load.figures.words import number
from reward_server.load.record import Shape
from reward_server.load.report import PhaseFigures
from reward_server.report.tables import MISSING

_MINUTES = 120.0
"""Seconds from which on minutes read better."""


def seconds(value: float | None) -> str:
    """`340 ms`, `1.25 s`, `3 min 20 s`."""
    if value is None:
        return MISSING
    if value >= _MINUTES:
        whole = round(value)
        return f"{whole // 60:,} min {whole % 60} s"
    return words.seconds(value)


def rate(value: float | None) -> str:
    """Three digits, and thousands apart."""
    return MISSING if value is None else number(value)


def share(value: float | None) -> str:
    """Per cent; what is not nothing does not look like nothing."""
    if value is None:
        return MISSING
    return "<0.01%" if 0 < value < 0.0001 else f"{number(100 * value)}%"


def load(phase: PhaseFigures) -> str:
    """The load of a phase: `64 in flight`."""
    return load_of(phase.shape, phase.load)


def load_of(shape: Shape, amount: float) -> str:
    """A load by its shape and amount."""
    match shape:
        case "closed":
            return f"{number(amount)} in flight"
        case "burst":
            return f"{number(amount)} at once"
        case "constant":
            return f"{number(amount)}/s, constant"
        case "poisson":
            return f"{number(amount)}/s, Poisson"
