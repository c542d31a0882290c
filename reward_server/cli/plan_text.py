"""What `gavel plan` prints."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reward_server.load.capacity.verdict import seconds

if TYPE_CHECKING:
    from reward_server.cli.planning import Planned, Reading
    from reward_server.load.capacity.plan import Failures, Plan
    from reward_server.load.capacity.scenario import Load, Times
    from reward_server.load.capacity.ways import Way

_LABEL = 17
_WIDTHS = (9, 8, 8, 10, 10, 11, 7)
_HEAD = ("calls", "calls/s", "tokens", "busy", "step", "replicas", "flight")
_UNKNOWN = "-"
_THOUSAND, _MILLION = 1e3, 1e6


def document(planned: "Planned") -> str:
    """The plan as JSON, with both readings of the batch size."""
    import msgspec

    readings = [
        {
            "counts": each.counts.value,
            "planned": each.mine is not None,
            "load": msgspec.to_builtins(each.load),
        }
        for each in planned.readings
    ]
    return json.dumps({**msgspec.to_builtins(planned.plan), "readings": readings}, indent=2)


def text(planned: "Planned") -> str:
    """The plan for people."""
    plan = planned.plan
    parts = [
        [_head(plan)],
        [*_table(plan)],
        [plan.verdict],
        [*_ways(plan.ways)],
        [*_meanings(planned.readings)],
    ]
    parts += [[*_failures(plan.failures), *_memory(plan)], [*_legend(plan), *plan.notes]]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _head(plan: "Plan") -> str:
    groups = f"{plan.rollouts:,} rollouts in {plan.groups:,} groups"
    return f"{plan.questions}: {groups}, {plan.now.calls:,} calls"


def _table(plan: "Plan") -> Iterator[str]:
    yield _row("", _HEAD)
    for load in plan.regimes:
        mine = (load.regime, load.cached) == (plan.now.regime, plan.now.cached)
        label = load.regime.replace("_", " ") if load.cached else "no prefix cache"
        yield _row(f"{'>' if mine else ' '} {label}", _cells(load))


def _row(label: str, cells: Sequence[str]) -> str:
    shown = (f" {cell:>{width - 1}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    return f"{label:<{_LABEL}}{''.join(shown)}".rstrip()


def _cells(load: "Load") -> list[str]:
    return [f"{load.calls:,}", *_timed(load.times, _short(load.computed_tokens))]


def _timed(times: "Times | None", tokens: str) -> list[str]:
    if times is None:
        return [_UNKNOWN, tokens, *[_UNKNOWN] * 4]
    more = "" if times.replies_timed else "+"
    return [
        _short(times.calls_s),
        tokens,
        seconds(times.busy_s) + more,
        seconds(times.step_s) + more,
        _replicas(times) + more,
        _UNKNOWN if times.in_flight is None else _short(times.in_flight),
    ]


def _replicas(times: "Times") -> str:
    """`5 (4.5)`: in whole ones, and evenly spread."""
    if times.replicas is None or times.replicas_exact is None:
        return _UNKNOWN
    exact = times.replicas_exact
    return f"{times.replicas:,} ({exact:.1f})" if exact < 100 else f"{times.replicas:,}"


def _short(number: float) -> str:
    """`9.63M`, `888k`, `34.1`."""
    if number >= _MILLION:
        return f"{number / _MILLION:,.4g}M" if number < _THOUSAND * _MILLION else f"{number / _MILLION:,.0f}M"
    if number >= 10 * _THOUSAND:
        return f"{number / _THOUSAND:,.0f}k"
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _ways(ways: "Sequence[Way]") -> Iterator[str]:
    if ways:
        yield "the cheapest ways to make it fit:"
    for number, way in enumerate(ways, 1):
        assert way.load.times
        at_best = "" if way.sure else ", at best"
        more = "" if way.load.times.replies_timed else ", and the time of its replies (--decode-tps)"
        yield f"  {number}. {'; '.join(way.changes)}"
        yield f"     {seconds(way.seconds)}{at_best}{more}; costs {way.costs}"
        yield from (f"     risk: {risk}" for risk in way.risks)


def _meanings(readings: "Sequence[Reading]") -> Iterator[str]:
    for reading in readings:
        times = reading.load.times
        took = f", {seconds(times.step_s)}" if times else ""
        mine = f"   <- {reading.mine}" if reading.mine else ""
        counts = f"counting {reading.counts.value}:"
        yield f"{counts:<18} {reading.line}, {reading.load.calls:,} calls{took}{mine}"


def _failures(failures: "Failures") -> Iterator[str]:
    if failures.failed:
        yield _incomplete(failures)
    slow = ", ".join(f"{name} in {100 * chance:.3g} %" for name, chance in failures.beyond.items())
    yield f"a step holds a call slower than {slow} of all steps"


def _incomplete(failures: "Failures") -> str:
    shares = ", ".join(f"{share:.2g}" for share in (100 * each + 0.0 for each in failures.incomplete))
    lost = f"{shares} % of the rollouts incomplete"
    return f"{100 * failures.failed:.3g} % of attempts fail: {lost} with 0, 1, 2 retries"


def _memory(plan: "Plan") -> Iterator[str]:
    if plan.memory is not None:
        calls = f"{plan.memory.calls:,} calls that share nothing"
        yield f"memory of a replica: {plan.memory.tokens:,} tokens, {calls}"


def _legend(plan: "Plan") -> Iterator[str]:
    over = "to keep the budget" if plan.budget_s else "as it comes"
    yield f"> as it is asked; tokens: computed; busy: one replica's time; calls/s and in flight {over}"
