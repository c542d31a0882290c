"""Fits or not, by how much, in plain words."""

from collections.abc import Iterator, Sequence

from judges.cost.size import Step
from reward_server.load.capacity.scenario import Load, Times
from reward_server.load.capacity.ways import Way

HOUR, MINUTE = 3600, 60


def verdict(now: Load, step: Step, budget_s: float | None, ways: Sequence[Way]) -> str:
    """One to four sentences."""
    if not now.calls:
        return "It fits: nothing is asked of a judge."
    if now.times is None:
        return "Calls and tokens only: without rates there is no time."
    return " ".join(_sentences(now.times, step, budget_s, ways))


def seconds(value: float) -> str:
    """`0.42 s`, `29.6 s`, `4.1 min`, `2.3 h`."""
    if value >= HOUR:
        return f"{value / HOUR:,.1f} h"
    if value >= 10 * MINUTE:
        return f"{value / MINUTE:.1f} min"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"


def _sentences(now: Times, step: Step, budget_s: float | None, ways: Sequence[Way]) -> Iterator[str]:
    if budget_s is None:
        yield f"Judging a step takes {seconds(now.step_s)} with {_replicas(step.replicas)}."
    elif now.fits(budget_s) and not now.replies_timed:
        yield f"It may fit: the prompts alone take {seconds(now.step_s)} of {seconds(budget_s)}."
    elif now.fits(budget_s):
        spare = 1.0 - now.step_s / budget_s
        taken = f"{seconds(now.step_s)} of {seconds(budget_s)}"
        yield f"It fits: {taken}, {spare:.0%} to spare, with {_replicas(step.replicas)}."
    else:
        yield from _too_long(now, step, budget_s, ways)
    if not now.replies_timed:
        yield "Replies of several tokens take time on top, for which there is no rate: --decode-tps."


def _too_long(now: Times, step: Step, budget_s: float, ways: Sequence[Way]) -> Iterator[str]:
    times = now.step_s / budget_s
    yield (
        f"It does not fit: {seconds(now.step_s)} are {times:.3g} times the budget of {seconds(budget_s)}, "
        f"with {_replicas(step.replicas)}."
    )
    if now.may_fit(budget_s):
        best = seconds(now.best_step_s)
        yield f"It may, if tokens are what the measured engine spends its time on: {best}."
    if now.replicas is not None:
        yield f"As it is, it takes {_replicas(now.replicas)}."
    else:
        yield "More replicas are not enough: a group stays at one of them, and a call takes its time."
    if not ways:
        yield "Nothing that could be changed makes it fit: judge fewer rollouts, or allow more time."


def _replicas(number: int) -> str:
    return f"{number:,} replica{'s' if number != 1 else ''}"
