"""Every figure of every phase, with its interval."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from reward_server.load.figures.named import NAMED, Named, Unit
from reward_server.load.page.phases import named
from reward_server.load.report import Interval, PhaseFigures, Report
from reward_server.load.words import rate, seconds, share
from reward_server.report.markup import Markup, element
from reward_server.report.tables import cell, row, table

_RATES = (
    "rollouts_s",
    "goodput",
    "verdicts_s",
    "calls_s",
    "prefill",
    "decode",
    "cache_hit",
    "failures",
    "abstained",
    "fairness",
)
_CALLS = ("p50", "p90", "p99", "p999", "mean", "first_verdict")
_WHOLE = ("rollout_p50", "rollout_p99", "rollout_p999", "group_p50", "group_p99", "step")
_WRITTEN: Mapping[Unit, Callable[[float | None], str]] = {"/s": rate, "s": seconds, "share": share}
_EXPLAINED = (
    "Below a figure is its 95% interval where enough is known for one. Latency counts from when a call was "
    "due, not from when it could be sent, so a stall shows in all that it held up. A dash stands for what "
    "is not known."
)


def figure_tables(report: Report) -> Iterator[Markup]:
    """Rates, times of calls, times of rollouts and steps. Columns of which nothing is known are left out."""
    yield element("h2", "All figures")
    for names in (_RATES, _CALLS, _WHOLE):
        known = [name for name in names if any(NAMED[name].get(each) is not None for each in report.phases)]
        if known:
            yield _table(report.phases, known)
    yield element("p", _EXPLAINED, class_="small")


def _table(phases: Sequence[PhaseFigures], names: Sequence[str]) -> Markup:
    rows = [row(named(phase), *(_cell(phase, name) for name in names)) for phase in phases]
    return table(["load", *(NAMED[name].title for name in names)], rows)


def _cell(phase: PhaseFigures, name: str) -> Markup:
    found: Named = NAMED[name]
    write, interval = _WRITTEN[found.unit], phase.intervals.get(name)
    return cell(write(found.get(phase)), None if interval is None else _ends(interval, write))


def _ends(interval: Interval, write: Callable[[float | None], str]) -> str:
    return f"{write(interval.low)} to {write(interval.high)}"
