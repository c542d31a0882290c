"""What a step costs, as a table for people: both layouts, without and with a prefix cache."""

from collections.abc import Iterable, Iterator, Sequence

from judges.cost.size import Step
from judges.cost.step import Bill, Cost
from rubrics.rubric import Rubric

_HOUR, _MINUTE = 3600, 60
_LABEL, _CELL = 24, 12

_Bills = Sequence[Bill]


def text(rubric: Rubric, step: Step, costs: Sequence[Cost], notes: Sequence[str]) -> str:
    """What one step costs, in lines of at most 80 characters but for the notes."""
    calls = f"{costs[0].calls:,} calls" if costs[0].calls else "no call: nothing is asked of a judge"
    head = f"{rubric.id}: {step.rollouts:,} rollouts in {step.groups:,} groups, {calls}"
    return "\n".join([head, "", *_table(step, costs), "", *notes])


def _table(step: Step, costs: Sequence[Cost]) -> Iterator[str]:
    bills = [bill for cost in costs for bill in (cost.without_cache, cost.with_cache)]
    yield " " * _LABEL + "".join(f"{cost.layout:>{2 * _CELL}}" for cost in costs)
    yield _row("prefix cache", ["without", "with"] * len(costs))
    yield _row("prompt tokens computed", [f"{bill.computed_tokens:,}" for bill in bills])
    yield _row("verdict tokens", [f"{cost.decode_tokens:,}" for cost in costs for _ in range(2)])
    yield from _rated(step, bills)


def _rated(step: Step, bills: _Bills) -> Iterator[str]:
    """The rows for which there are rates."""
    gpu_s = [bill.gpu_s for bill in bills if bill.gpu_s is not None]
    step_s = [bill.step_s for bill in bills if bill.step_s is not None]
    money = [bill.money for bill in bills if bill.money is not None]
    if gpu_s:
        yield _row("GPU time", map(_time, gpu_s))
    if step_s and step.replicas > 1:
        yield _row(f"a step, {step.replicas} replicas", map(_time, step_s))
    if money:
        yield _row("money", [f"{sum_:,.4f}" for sum_ in money])


def _row(label: str, cells: Iterable[str]) -> str:
    return f"{label:<{_LABEL}}" + "".join(f"{cell:>{_CELL}}" for cell in cells)


def _time(seconds: float) -> str:
    if seconds >= _HOUR:
        return f"{seconds / _HOUR:,.1f} h"
    return f"{seconds / _MINUTE:.1f} min" if seconds >= _MINUTE else f"{seconds:.2f} s"
