"""Headings of a list that sort it: links to the same page in another order."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from reward_server.dashboard.address import Parameter, changed
from reward_server.report.markup import Markup, element

_ARROWS = {"descending": " \N{DOWNWARDS ARROW}", "ascending": " \N{UPWARDS ARROW}"}


class Heading(NamedTuple):
    """The heading of a column."""

    told: str
    sort: str | None = None
    """What the query's `sort` is then; None for a column that sorts nothing."""
    number: bool = False
    changes: Mapping[str, Parameter] = {}
    """What else of the query changes with it."""


class Order(NamedTuple):
    """How a list is sorted, and which flag of its query says so."""

    sort: str
    descending: bool
    descending_by: str | None = None
    """Descending where this flag is set."""
    ascending_by: str | None = None
    """Ascending where this one is."""

    def turned(self, descending: bool) -> Mapping[str, Parameter]:
        """The change of the query."""
        if self.ascending_by is not None:
            return {self.ascending_by: not descending}
        return {str(self.descending_by): descending}


def head(
    path: str, query: msgspec.Struct, order: Order, headings: Sequence[Heading], **changes: Parameter
) -> Markup:
    """The head of a table. `changes` go into every link."""
    cells = [_cell(path, query, order, heading, changes) for heading in headings]
    return element("thead", element("tr", *cells))


def _cell(
    path: str, query: msgspec.Struct, order: Order, heading: Heading, changes: Mapping[str, Parameter]
) -> Markup:
    kind = "number" if heading.number else None
    if heading.sort is None:
        return element("th", heading.told, scope="col", class_=kind)
    known = {name: getattr(query, name) for name in heading.changes}
    is_sorted = order.sort == heading.sort and known == heading.changes
    descending = not order.descending if is_sorted else heading.number
    state = {**changes, **heading.changes, "sort": heading.sort, **order.turned(descending)}
    way = ("descending" if order.descending else "ascending") if is_sorted else None
    arrow = "" if way is None else _ARROWS[way]
    link = element("a", heading.told, arrow, href=changed(path, query, **state))
    return element("th", link, scope="col", class_=kind, aria_sort=way)
