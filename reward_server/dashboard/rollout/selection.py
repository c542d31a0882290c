"""Groups of several steps: those that are wanted, as many as fit on a page, in an order."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from reward_server.dashboard.rollout.grouping import GroupLine, groups_of
from reward_server.history.statistics import DeadGroups
from reward_server.store.reading import Store

MOST_GROUPS = 200
"""With so many on a page, it ends with the step."""
MOST_ROLLOUTS = 20_000
"""So many are read for one page, the last step aside."""

Dead = Literal["any", "right", "wrong", "equal", "unscored", "none"]
"""For a reason, for any; or those that are alive."""
Sort = Literal["arrival", "name", "size", "mean", "spread", "unscored"]


class _Step(msgspec.Struct, frozen=True):
    """What is read of a step's statistics."""

    dead: DeadGroups


def select(
    store: Store, run: int, steps: Sequence[int], dead: Dead | None
) -> tuple[list[GroupLine], Sequence[int]]:
    """The groups, and the steps that were looked at: all, or those that fill a page. Raises StoreError."""
    fits = _fitting(store, run, dead)
    found: list[GroupLine] = []
    read = 0
    for place, step in enumerate(steps):
        if not fits(step):
            continue
        lines = groups_of(store, run, step)
        read += sum(line.size for line in lines)
        found += [line for line in lines if _is_wanted(line, dead)]
        if len(found) >= MOST_GROUPS or read >= MOST_ROLLOUTS:
            return found, steps[: place + 1]
    return found, steps


def _fitting(store: Store, run: int, dead: Dead | None) -> Callable[[int], bool]:
    """Whether a step may have such groups, as far as that is known without reading its rollouts."""
    if dead in (None, "none"):
        return lambda _: True
    kept = {step: told for step, _, told in store.steps(run) if told is not None}

    def fits(step: int) -> bool:
        if step not in kept:
            return True
        counts = msgspec.json.decode(kept[step], type=_Step).dead
        return bool(counts.total if dead == "any" else getattr(counts, str(dead)))

    return fits


def _is_wanted(line: GroupLine, dead: Dead | None) -> bool:
    if dead is None:
        return True
    if dead == "none":
        return line.dead is None and line.size > 1
    return line.dead is not None if dead == "any" else line.dead == dead


def ordered(found: Sequence[GroupLine], sort: Sort, *, descending: bool) -> Sequence[GroupLine]:
    """In an order; what has no value to be sorted by comes last."""
    if sort == "arrival":
        return list(reversed(found)) if descending else found
    there = [line for line in found if getattr(line, sort) is not None]
    there.sort(key=lambda line: getattr(line, sort), reverse=descending)
    return [*there, *(line for line in found if getattr(line, sort) is None)]
