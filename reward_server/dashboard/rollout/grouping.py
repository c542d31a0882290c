"""The groups of a step, each in one line."""

from collections.abc import Mapping, Sequence
from math import fsum, sqrt

import msgspec

from reward_server.history.dead import Why, dead_groups
from reward_server.history.digest import reward_bounds
from reward_server.history.step_rows import Scorer, StepRows
from reward_server.store.reading import NarrowRow, Store


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """A group: the rollouts of one step that share a group's name."""

    step: int
    name: str
    first: int
    """Number of its first rollout."""
    size: int
    unscored: int
    mean: float | None
    """Of the rewards that there are."""
    spread: float | None
    """Their sample standard deviation; null below two."""
    dead: Why | None
    """Why no gradient comes from it; null for a group that is alive, or of one rollout."""
    components: Mapping[str, float | None]
    """Mean raw values."""


def groups_of(store: Store, run: int, step: int) -> list[GroupLine]:
    """The groups of a step, in order of their first rollouts. Raises StoreError."""
    rows = store.step_rows(run, step)
    if not rows:
        return []
    scorers = {request: Scorer(*told) for request, told in store.descriptions(run, step).items()}
    read = StepRows(rows, scorers)
    dead = dead_groups(read.groups, reward_bounds(read))
    why: dict[str, Why] = {group[0].group: kind for kind in _KINDS for group in getattr(dead, kind)}
    columns = {name: read.component(name) for name in read.components}
    return [
        _line(step, group, why, {name: column[place] for name, column in columns.items()})
        for place, group in enumerate(read.groups)
    ]


_KINDS: Sequence[Why] = ("right", "wrong", "equal", "unscored")


def _line(
    step: int,
    rows: Sequence[NarrowRow],
    why: Mapping[str, Why],
    components: Mapping[str, Sequence[float | None]],
) -> GroupLine:
    rewards = [row.reward for row in rows if row.reward is not None]
    return GroupLine(
        step=step,
        name=rows[0].group,
        first=rows[0].id,
        size=len(rows),
        unscored=len(rows) - len(rewards),
        mean=_mean(rewards),
        spread=_spread(rewards),
        dead=why.get(rows[0].group),
        components={name: _mean([v for v in values if v is not None]) for name, values in components.items()},
    )


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None


def _spread(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = fsum(values) / len(values)
    return sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
