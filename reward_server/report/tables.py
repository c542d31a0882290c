"""Tables that scroll on their own where the window is narrow."""

from collections.abc import Sequence

from reward_server.report.markup import Markup, element

MISSING = "\N{EN DASH}"
"""Stands for what is undefined."""


def table(headings: Sequence[str], rows: Sequence[Markup], kind: str | None = None) -> Markup:
    """A table with a heading over each column."""
    head = element("tr", *(element("th", heading, scope="col") for heading in headings))
    whole = element("table", element("thead", head), element("tbody", *rows), class_=kind)
    return element("div", whole, class_="scroll")


def row(name: str, *cells: Markup) -> Markup:
    """A row with its heading."""
    return element("tr", element("th", name, scope="row"), *cells)


def cell(text: str, below: str | None = None) -> Markup:
    """One cell, with something small below if there is."""
    return element("td", text) if below is None else element("td", text, element("small", below))
