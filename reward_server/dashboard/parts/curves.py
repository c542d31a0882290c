"""A run's history as curves over its steps."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from reward_server.history.statistics import ColumnStatistics, History, StepStatistics

Points = Sequence[tuple[float, float | None]]
"""A value for each step; None where there is none."""

REWARD = "reward"
_WHY = ("right", "wrong", "equal", "unscored")
_ODD = ("duplicates", "copies", "inconsistent", "truncated", "malformed")


class Curves(msgspec.Struct, frozen=True, kw_only=True):
    """Each a list of [step, value or null], by name."""

    mean: Mapping[str, Points]
    """Of the reward and of each component."""
    within: Mapping[str, Points]
    """Mean over groups of the standard deviation within a group."""
    advantage_share: Mapping[str, Points]
    """Each component's share of the advantage's variance."""
    dead_groups: Mapping[str, Points]
    """Share of groups from which no gradient comes: all right, all wrong, all equal, all unscored."""
    words: Mapping[str, Points]
    """Length of the reasoning, in words: percentiles."""
    unscored: Mapping[str, Points]
    """Share of rollouts, by cause."""
    odd: Mapping[str, Points]
    """Share of rollouts that are duplicates, copies, inconsistent, truncated, malformed."""


def curves(history: History) -> Curves:
    """A history as curves."""
    return Curves(
        mean=_columns(history, _of_most(lambda column: column.mean)),
        within=_columns(history, _of_most(lambda column: column.within)),
        advantage_share=_components(history, lambda column: column.share),
        dead_groups={why: series(history, _dead(why)) for why in _WHY},
        words={name: series(history, _words(name)) for name in ("p50", "p95")},
        unscored={cause: series(history, _cause(cause)) for cause in names(history, lambda s: s.unscored)},
        odd={name: series(history, _odd(name)) for name in _ODD},
    )


def series(history: History, read: Callable[[StepStatistics], float | None]) -> Points:
    """What `read` finds in each step."""
    return [(step.step, read(step)) for step in history]


def names(history: History, read: Callable[[StepStatistics], Mapping[str, object]]) -> Sequence[str]:
    """All names that `read` finds in any step, in order of their first appearance."""
    return list(dict.fromkeys(name for step in history for name in read(step)))


_Column = Callable[[ColumnStatistics], float | None]


def _of_most(read: _Column) -> _Column:
    """What `read` finds where at least half of the rollouts have a value: the rest are no sample of them.

    What can be scored while a judge is down is what needs no judge, such as malformed completions.
    """
    return lambda column: read(column) if column.scored >= column.unscored else None


def _columns(history: History, read: _Column) -> Mapping[str, Points]:
    reward = {REWARD: series(history, lambda step: read(step.reward))}
    return reward | dict(_components(history, read))


def _components(history: History, read: _Column) -> Mapping[str, Points]:
    return {name: series(history, _of(name, read)) for name in names(history, lambda step: step.components)}


def _of(name: str, read: _Column) -> Callable[[StepStatistics], float | None]:
    def value(step: StepStatistics) -> float | None:
        column = step.components.get(name)
        return None if column is None else read(column)

    return value


def _dead(why: str) -> Callable[[StepStatistics], float | None]:
    return lambda step: getattr(step.dead, why) / step.groups if step.groups else None


def _words(name: str) -> Callable[[StepStatistics], float | None]:
    return lambda step: None if step.words is None else getattr(step.words, name)


def _cause(cause: str) -> Callable[[StepStatistics], float | None]:
    return lambda step: step.unscored.get(cause, 0) / step.rollouts


def _odd(name: str) -> Callable[[StepStatistics], float | None]:
    return lambda step: getattr(step, name) / step.rollouts
