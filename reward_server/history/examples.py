"""A few rollouts of a step to look at, for each thing that may be wrong with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest
from statistics import median_high

from reward_server.history.dead import Dead
from reward_server.store.features import Mark
from reward_server.store.reading import NarrowRow

MOST = 5
"""Of each kind."""

_MARKS = {mark.name.lower(): mark for mark in Mark if mark.name is not None}


def repeated(rows: Sequence[NarrowRow]) -> list[NarrowRow]:
    """The rows whose completion another one before them has."""
    seen: set[int] = set()
    again: list[NarrowRow] = []
    for row in rows:
        if row.same in seen:
            again.append(row)
        seen.add(row.same)
    return again


def examples(
    rows: Sequence[NarrowRow],
    groups: Sequence[Sequence[NarrowRow]],
    dead: Dead,
    again: Sequence[NarrowRow],
) -> Mapping[str, Sequence[int]]:
    """The numbers of a few rows, by what they are examples of (`StepStatistics.examples`)."""
    found: dict[str, list[int]] = defaultdict(list)
    found["short"] = [row.id for row in nsmallest(MOST, _well_paid(rows), key=lambda row: row.words)]
    found["duplicate"] = _first(again)
    for name, mark in _MARKS.items():
        found[name] = _first(row for row in rows if row.marks & mark)
    for row in rows:
        if row.cause is not None and len(found[f"unscored:{row.cause}"]) < MOST:
            found[f"unscored:{row.cause}"].append(row.id)
    for why, of_kind in zip(dead._fields, dead, strict=True):
        found[f"dead:{why}"] = _first(group[0] for group in of_kind)
    found["first"] = _first(group[0] for group in groups)
    return {kind: numbers for kind, numbers in found.items() if numbers}


def _well_paid(rows: Sequence[NarrowRow]) -> Sequence[NarrowRow]:
    """Those with the median reward or more: what is short and fails teaches the policy nothing. Else all."""
    rewards = [row.reward for row in rows if row.reward is not None]
    if not rewards:
        return rows
    median = median_high(rewards)
    return [row for row in rows if row.reward is not None and row.reward >= median]


def _first(rows: Iterable[NarrowRow]) -> list[int]:
    return [row.id for row, _ in zip(rows, range(MOST), strict=False)]
