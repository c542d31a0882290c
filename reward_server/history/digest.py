"""The statistics of one step, as a pure function of its stored rows.

A group is the rollouts that share a group's name within a step, in however many requests they came.
"""

from collections import Counter
from collections.abc import Mapping
from math import inf

from reward_server.engine.summary import advantage_shares
from reward_server.history.columns import Column, column_statistics, criterion_statistics
from reward_server.history.dead import Bounds, dead_groups
from reward_server.history.examples import examples, repeated
from reward_server.history.judging import judge_statistics
from reward_server.history.quantiles import quantiles
from reward_server.history.statistics import ColumnStatistics, CriterionStatistics, StepStatistics
from reward_server.history.step_rows import StepRows
from reward_server.reward.aggregation import Weights
from reward_server.store.features import Mark


def digest(step: int, at: float, rows: StepRows) -> StepStatistics:
    """The statistics of a step. `at`: when its last rollout was stored."""
    bounds = reward_bounds(rows)
    dead = dead_groups(rows.groups, bounds)
    again = repeated(rows.rows)
    return StepStatistics(
        step=step,
        at=at,
        rollouts=len(rows.rows),
        groups=sum(len(group) > 1 for group in rows.groups),
        scored=sum(row.reward is not None for row in rows.rows),
        unscored=dict(sorted(Counter(row.cause for row in rows.rows if row.cause is not None).items())),
        reward=column_statistics(rows.rewards, bounds),
        components=_components(rows),
        criteria=_criteria(rows),
        dead=dead.counted(),
        words=quantiles([row.words for row in rows.rows]),
        tokens=quantiles([row.tokens for row in rows.rows if row.tokens is not None]),
        duplicates=len(again),
        copies=rows.marked(Mark.COPY),
        inconsistent=rows.marked(Mark.INCONSISTENT),
        truncated=rows.marked(Mark.TRUNCATED),
        malformed=rows.marked(Mark.MALFORMED),
        judge=judge_statistics(rows.rows),
        versions=rows.versions,
        examples=examples(rows.rows, rows.groups, dead, again),
    )


def reward_bounds(rows: StepRows) -> Bounds:
    """The least and the greatest reward that the newest version can give."""
    told = rows.newest
    pairs = [(weight, _bounds(of)) for weight, of in zip(told.weights, told.bounds, strict=True) if weight]
    return sum(weight * low for weight, (low, _) in pairs), sum(weight * high for weight, (_, high) in pairs)


def _bounds(told: tuple[float | None, float | None]) -> Bounds:
    low, high = told
    return -inf if low is None else low, inf if high is None else high


def _components(rows: StepRows) -> Mapping[str, ColumnStatistics]:
    columns = {name: rows.component(name) for name in rows.components}
    weights = dict(zip(rows.newest.components, rows.newest.weights, strict=True))
    shared = _shares(rows, columns, {name: weights[name] for name in columns})
    bounds = dict(zip(rows.newest.components, map(_bounds, rows.newest.bounds), strict=True))
    return {
        name: column_statistics(
            column, bounds[name], None if shared is None else shared.get(name), weights[name]
        )
        for name, column in columns.items()
    }


def _shares(rows: StepRows, columns: Mapping[str, Column], weights: Weights) -> Mapping[str, float] | None:
    try:
        return advantage_shares(rows.rewards, columns, weights)
    except OverflowError:
        return None


def _criteria(rows: StepRows) -> Mapping[str, CriterionStatistics]:
    return {name: criterion_statistics(column) for name, column in rows.criteria().items()}
