"""Stored rollouts, as rollouts again."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reward_server.store.database import StoreError
from reward_server.store.reading import Store, StoredRollout
from rubrics.completion import Completion
from rubrics.layout import Layout
from rubrics.rollout import Rollout

_STEPS = 4
"""So many of the last steps are recent."""
_NEWEST = "SELECT id FROM runs WHERE reward = ? AND updated >= ? ORDER BY updated DESC, id DESC LIMIT 1"
_LAST_STEPS = "SELECT step FROM steps WHERE run = ? AND rollouts > 0 ORDER BY step DESC LIMIT ?"
_NUMBERS = "SELECT id FROM rollouts WHERE run = ? AND step = ? ORDER BY id"


class Sample(NamedTuple):
    """A stored rollout, and its number in the store."""

    number: int
    rollout: Rollout


def newest_run(store: Store, reward: str, since: float) -> int | None:
    """The run of a reward function that was written to last. Raises StoreError."""
    found = store.rows(_NEWEST, reward, since)
    return int(found[0][0]) if found else None


def last_step(store: Store, run: int) -> int:
    """The number of a run's last step. Raises StoreError."""
    return int(store.rows(_LAST_STEPS, run, 1)[0][0])


def recent(store: Store, run: int, layout: Layout, most: int) -> list[Sample]:
    """Rollouts of the last steps that have their text: at most so many, from as many groups as there are."""
    numbers = [
        number
        for (step,) in store.rows(_LAST_STEPS, run, _STEPS)
        for (number,) in store.rows(_NUMBERS, run, step)
    ]
    return list(stored(store, _spread(numbers, most), layout))


def stored(store: Store, numbers: Iterable[int], layout: Layout) -> Iterator[Sample]:
    """The rollouts of these numbers, as far as they are still there, with their text."""
    for number in numbers:
        try:
            found = store.rollout(number)
        except StoreError:
            continue
        if found.content.completion is not None:
            yield Sample(number, _rollout(found, found.content.completion, layout))


def _rollout(found: StoredRollout, completion: str, layout: Layout) -> Rollout:
    return Rollout(
        id=str(found.number),
        completion=Completion(completion, layout),
        prompt=found.prompt,
        ground_truth=found.content.ground_truth,
        metadata=dict(found.content.metadata),
        finish_reason=found.content.finish_reason,
    )


def _spread(numbers: Sequence[int], most: int) -> list[int]:
    """At most so many of these, at equal distances."""
    if len(numbers) <= most:
        return list(numbers)
    return [numbers[place * len(numbers) // most] for place in range(most)]
