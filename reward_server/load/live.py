"""A load test while it runs: a small panel in a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reward_server.load.progress import Observe, Progress
from reward_server.load.words import load_of, rate, seconds, share

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

EVERY = 5.0
"""Seconds between plain lines of the same phase."""
BUSY = 0.85
"""Share of a core from which on the client is likely to limit what it measures."""
_BAR = 40
"""Letters of the bar."""


@contextmanager
def live(console: "Console") -> Iterator[Observe]:
    """Show progress on a console until the block ends. What it yields draws at each call."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    from rich.live import Live

    with Live(console=console, auto_refresh=False, transient=True) as shown:
        clock = _PhaseClock()
        yield lambda progress: shown.update(_panel(progress, clock.elapsed(progress)), refresh=True)


class _PhaseClock:
    """How long the phase of a progress has gone on."""

    def __init__(self) -> None:
        self._phase: tuple[int, int] | None = None
        self._since = 0.0

    def elapsed(self, progress: Progress) -> float:
        if self._phase != (progress.number, progress.repeat):
            self._phase, self._since = (progress.number, progress.repeat), progress.at
        return progress.at - self._since


class _Lines:
    """A line when a phase begins, when it begins to count, and every few seconds."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._said: tuple[int, int, bool] | None = None
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        stage = (progress.number, progress.repeat, progress.warming)
        if stage == self._said and progress.at < self._next:
            return
        self._said, self._next = stage, progress.at + EVERY
        self._console.print(line(progress), markup=False, highlight=False, soft_wrap=True)


def line(progress: Progress) -> str:
    """Everything in one line."""
    parts = (
        f"{progress.at:.0f} s",
        _phase(progress),
        _stage(progress),
        f"{progress.rollouts:,} rollouts",
        f"{rate(progress.rollouts_s)} rollouts/s",
        f"p50 {seconds(progress.p50_s)}",
        f"p99 {seconds(progress.p99_s)}",
        f"{progress.in_flight:,} in flight",
        f"{progress.failures:,} failed",
    )
    return ", ".join(parts)


def _panel(progress: Progress, elapsed: float) -> "RenderableType":
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for name, said in _rows(progress, elapsed):
        grid.add_row(name, said)
    return grid


def _rows(progress: Progress, elapsed: float) -> Iterator[tuple[str, "RenderableType"]]:
    from rich.text import Text

    yield "load", Text(f"{_phase(progress)}, {_stage(progress)}", style="bold")
    yield "", _bar(progress, elapsed)
    yield "done", f"{progress.rollouts:,} rollouts in {seconds(progress.at)}"
    yield "now", f"{rate(progress.rollouts_s)} rollouts/s, {rate(progress.calls_s)} calls/s"
    yield "latency", f"p50 {seconds(progress.p50_s)}, p99 {seconds(progress.p99_s)}"
    waiting = "" if progress.waiting is None else f", {progress.waiting:,} waiting in the engine"
    yield "in flight", f"{progress.in_flight:,}{waiting}"
    yield "failed", Text(f"{progress.failures:,} calls", style="red" if progress.failures else "")
    yield "client", _client(progress)


def _bar(progress: Progress, elapsed: float) -> "RenderableType":
    from rich.progress_bar import ProgressBar

    if progress.left_s is None:
        return f"{seconds(elapsed)} so far"
    whole = elapsed + progress.left_s
    return ProgressBar(total=whole or 1.0, completed=elapsed, width=_BAR)


def _client(progress: Progress) -> "RenderableType":
    from rich.text import Text

    said = f"{share(progress.cpu)} of a core, event loop {seconds(progress.lag_s)} late"
    busy = progress.cpu >= BUSY
    return Text(f"{said}: near its own limit" if busy else said, style="yellow" if busy else "")


def _phase(progress: Progress) -> str:
    number = progress.number + 1
    place = f"phase {number}" if progress.phases is None else f"phase {number} of {progress.phases}"
    return f"{load_of(progress.shape, progress.load)} ({place})"


def _stage(progress: Progress) -> str:
    stage = "warm-up" if progress.warming else "measuring"
    return stage if progress.left_s is None else f"{stage}, {seconds(progress.left_s)} left"
