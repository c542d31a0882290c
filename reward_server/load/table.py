"""A report as a table for a terminal, the verdict first."""

from collections.abc import Iterator
from typing import Literal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from reward_server.load.figures import words
from reward_server.load.figures.named import NAMED
from reward_server.load.report import Interval, PhaseFigures, Report
from reward_server.load.requirement import written
from rubrics.agreement.shown import shown

MISSING = "-"
PIPED = 100
"""Columns where there is no terminal."""
_SHOWN = ("rollouts_s", "goodput", "p50", "p99", "rollout_p99", "step", "cache_hit", "failures")
_MARKS = {"knee": "knee", "client": "client", "": ""}


def show(report: Report, console: Console | None = None) -> None:
    """Print it to standard output."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console = Console(file=console.file, highlight=False, width=max(console.width, PIPED))
    console.print(render(report))


def render(report: Report) -> RenderableType:
    """Verdict, loads, evidence, notes."""
    return Group(
        Text(_inert(report.verdict)),
        Text(),
        _table(report),
        *(Text(f"  {_inert(line)}") for line in _lines(report)),
    )


def _table(report: Report) -> Table:
    names = [name for name in _SHOWN if any(NAMED[name].get(phase) is not None for phase in report.phases)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    shapes = {phase.shape for phase in report.phases}
    table.add_column(words.unit(*shapes) if len(shapes) == 1 else "load", no_wrap=len(shapes) > 1)
    for name in names:
        title = NAMED[name].title
        table.add_column(title, justify="right", no_wrap=" " not in title)  # headings of two words break
    table.add_column("")
    for number, phase in sorted(enumerate(report.phases), key=lambda item: (item[1].shape, item[1].load)):
        mark = _mark(report, number, phase)
        cells = [_cell(phase, name) for name in names]
        load = words.number(phase.load) if len(shapes) == 1 else words.load(phase.shape, phase.load)
        table.add_row(load, *cells, _MARKS[mark], style=_style(mark))
    return table


def _mark(report: Report, number: int, phase: PhaseFigures) -> Literal["knee", "client", ""]:
    if report.knee is not None and report.knee.phase == number:
        return "knee"
    return "client" if phase.client_limited else ""


def _style(mark: str) -> str:
    return {"knee": "bold", "client": "dim"}.get(mark, "")


def _cell(phase: PhaseFigures, name: str) -> str:
    value, interval = NAMED[name].get(phase), phase.intervals.get(name)
    if value is None:
        return MISSING
    spread = _spread(value, interval) if name == _SHOWN[0] else ""  # 80 columns hold no more
    unit = NAMED[name].unit
    return (words.number(value) if unit == "/s" else written(value, unit)) + spread


def _spread(value: float, interval: Interval | None) -> str:
    """The longer arm of the interval, in per cent of the figure."""
    if interval is None or not value:
        return ""
    return f" ±{max(interval.high - value, value - interval.low) / abs(value):.0%}"


def _lines(report: Report) -> Iterator[str]:
    if report.limit.evidence:
        yield f"limit: {report.limit.who}"
        yield from (f"  {sentence}" for sentence in report.limit.evidence)
    yield from (f"note: {note}" for note in report.notes)


def _inert(text: str) -> str:
    """Without what would move a terminal's cursor: names come from servers and files."""
    return "".join(character if character.isprintable() else shown(character) for character in text)
