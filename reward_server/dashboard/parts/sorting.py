"""Headings of a list that sort it: links to the same page in another order."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from reward_server.dashboard.address import changed
from reward_server.report.markup import Markup, element


class Heading(NamedTuple):
    """The heading of a column."""

    told: str
    sort: str | None = None
    """What the query's `sort` is then; None for a column that sorts nothing."""
    number: bool = False
    changes: dict[str, Any] = {}
    """What else of the query changes with it."""


def head(path: str, query: Any, headings: Sequence[Heading], **changes: Any) -> Markup:
    """The head of a table. `query` has `sort` and `descending`; `changes` go into every link."""
    cells = [_cell(path, query, heading, changes) for heading in headings]
    return element("thead", element("tr", *cells))


def _cell(path: str, query: Any, heading: Heading, changes: dict[str, Any]) -> Markup:
    kind = "number" if heading.number else None
    if heading.sort is None:
        return element("th", heading.told, scope="col", class_=kind)
    known = {name: getattr(query, name) for name in heading.changes}
    is_sorted = query.sort == heading.sort and known == heading.changes
    descending = not query.descending if is_sorted else heading.number
    target = changed(
        path, query, **{**changes, **heading.changes, "sort": heading.sort, "descending": descending or None}
    )
    way = None if not is_sorted else "descending" if query.descending else "ascending"
    arrow = {"descending": " \u2193", "ascending": " \u2191", None: ""}[way]
    link = element("a", heading.told, arrow, href=target)
    return element("th", link, scope="col", class_=kind, aria_sort=way)
