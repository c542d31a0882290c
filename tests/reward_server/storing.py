"""Scored requests to be stored, and a store that holds them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from judges.call import Call
from judges.caller import Tally
from reward_server.engine.row import Row, rows
from reward_server.reward.reward_function import RewardFunction
from reward_server.store.entry import Entry, entry
from reward_server.store.keeping import Everything, Keeping
from reward_server.store.reading import Store
from reward_server.store.writer import Writer
from reward_server.wire.native import Timing
from reward_server.wire.origin import Origin
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Rollout
from tests.reward_server.making import PROBES, given, reward_of

Given = Mapping[str, float | None]
TIMING = Timing(total_s=0.5, scoring_s=0.25, judging=Tally())


def two() -> RewardFunction:
    """A reward of two components in [-10, 10], `a` with three quarters of the weight."""
    return columns(a=0.75, b=0.25)


def columns(**weights: float) -> RewardFunction:
    """A reward whose components give what a rollout's metadata say."""
    lines = [
        f'  {name}: {{use: "{PROBES}:Given", key: {name}, weight: {weight}}}'
        for name, weight in weights.items()
    ]
    return reward_of("\n".join(["components:", *lines]))


def outcome(value: float | None) -> Outcome:
    """Scored, or unscored by the judge's fault."""
    return Unscored(Cause.JUDGE_TIMEOUT, "as told") if value is None else Score(value)


def group_of(function: RewardFunction, name: str, rollouts: Sequence[Rollout]) -> list[Row]:
    """The rows of a group whose rollouts carry their values."""
    told = {
        column: [outcome(rollout.metadata[column]) for rollout in rollouts]  # type: ignore[arg-type]
        for column in function.order
    }
    return rows(function, Group(name, rollouts), told)


def scored(
    function: RewardFunction,
    groups: Mapping[str, Sequence[Given]],
    origin: Origin,
    calls: Sequence[Call] = (),
) -> Entry:
    """A request of groups, each of rollouts of such values, called after their group: `g/0`, `g/1`."""
    made = [
        row
        for name, values in groups.items()
        for row in group_of(function, name, [given(f"{name}/{n}", **each) for n, each in enumerate(values)])
    ]
    return entry(function, made, calls, TIMING, origin)


def of_rollouts(
    function: RewardFunction, rollouts: Sequence[Rollout], origin: Origin, group: str = "g"
) -> Entry:
    """A request of one group."""
    return entry(function, group_of(function, group, rollouts), (), TIMING, origin)


def writer_of(path: Path, keeping: Keeping | None = None) -> Writer:
    """A writer whose rollouts without a run are of `here`."""
    return Writer(path, keeping or Everything(), "here")


def stored(path: Path, *entries: Entry, keeping: Keeping | None = None) -> None:
    """Store each entry in a transaction of its own."""
    writer = writer_of(path, keeping)
    for each in entries:
        writer.store([each])
    writer.close()


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """The store, for reading."""
    store = Store(path)
    try:
        yield store
    finally:
        store.close()


def names(path: Path, run: int = 1) -> list[str]:
    """The names of a run's rollouts, in order of arrival."""
    with opened(path) as store:
        return [name for (name,) in store.rows("SELECT name FROM rollouts WHERE run = ? ORDER BY id", run)]


def count(path: Path, table: str = "rollouts") -> int:
    """The rows of a table."""
    with opened(path) as store:
        return int(store.rows(f"SELECT count(*) FROM {table}")[0][0])
