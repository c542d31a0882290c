"""The rows of one step, read by column: by component and criterion, over groups."""

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from math import isnan
from typing import NamedTuple

from reward_server.history.columns import Column
from reward_server.store.entry import Description
from reward_server.store.features import Mark
from reward_server.store.reading import NarrowRow
from reward_server.store.schema import VALUES

Groups = Sequence[Sequence[NarrowRow]]


class Scorer(NamedTuple):
    """What a request was scored by."""

    version: str
    description: Description


class StepRows:
    """Rows of one step, at least one. Those of an older reward version are read by that."""

    def __init__(self, rows: Sequence[NarrowRow], scorers: Mapping[int, Scorer]) -> None:
        """`scorers` by request."""
        self.rows = rows
        self._scorers = scorers
        self.newest = scorers[rows[-1].request].description

    @property
    def versions(self) -> Sequence[str]:
        """The reward versions that scored them."""
        return sorted({self._scorers[row.request].version for row in self.rows})

    @property
    def components(self) -> Sequence[str]:
        """The components that have a column of values."""
        return self.newest.components[:VALUES]

    @cached_property
    def groups(self) -> Groups:
        """The rows by group, in order of their first arrival."""
        found: dict[str, list[NarrowRow]] = defaultdict(list)
        for row in self.rows:
            found[row.group].append(row)
        return list(found.values())

    @cached_property
    def rewards(self) -> Column:
        """The reward of each row, by group."""
        return [[row.reward for row in group] for group in self.groups]

    def component(self, name: str) -> Column:
        """The values of a component, by group; None where the row's reward has no such component."""
        places = {request: _place(scorer, name) for request, scorer in self._scorers.items()}
        return [[_at(row.values, places[row.request]) for row in group] for group in self.groups]

    def criteria(self) -> Mapping[str, Column]:
        """The values of each criterion, by group."""
        if not self.newest.criteria:
            return {}
        read = [[self._verdicts(row) for row in group] for group in self.groups]
        return {
            criterion: [[None if row is None else row.get(criterion) for row in group] for group in read]
            for criterion in self.newest.criteria
        }

    def marked(self, mark: Mark) -> int:
        """How many rows bear a mark."""
        return sum(bool(row.marks & mark) for row in self.rows)

    def _verdicts(self, row: NarrowRow) -> Mapping[str, float] | None:
        if row.verdicts is None:
            return None
        values = array("f", row.verdicts)
        criteria = self._scorers[row.request].description.criteria
        return {name: value for name, value in zip(criteria, values, strict=False) if not isnan(value)}


def _place(scorer: Scorer, name: str) -> int | None:
    components = scorer.description.components
    return components.index(name) if name in components else None


def _at(values: Sequence[float | None], place: int | None) -> float | None:
    return None if place is None else values[place]
