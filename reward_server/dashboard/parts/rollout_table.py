"""A list of rollouts."""

from collections.abc import Sequence

import msgspec

from reward_server.dashboard.parts import summary
from reward_server.dashboard.parts.sorting import Heading, Order, head
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import MISSING
from reward_server.report.words import number
from reward_server.store.query import Summary


def rollout_table(rollouts: Sequence[Summary], run: int, query: msgspec.Struct, order: Order) -> Markup:
    """The rollouts, a row for each; headings lead to the first page of the same `query` in another order."""
    components = list(dict.fromkeys(name for each in rollouts for name in each.components))
    headings = [
        Heading("rollout", "arrival"),
        Heading("step", "step", number=True),
        Heading("group"),
        Heading("name"),
        Heading("reward", "value", number=True, changes={"component": None}),
        *(Heading(visible(name), "value", number=True, changes={"component": name}) for name in components),
        Heading("words", "words", number=True),
        Heading("disagreement", "disagreement", number=True),
        Heading("marks"),
    ]
    rows = [_row(each, components) for each in rollouts]
    top = head(summary.ROLLOUTS, query, order, headings, run=run, after=None, trail=None)
    table = element("table", top, element("tbody", *rows), class_="list")
    return element("div", table, class_="scroll", tabindex="0")


def _row(each: Summary, components: Sequence[str]) -> Markup:
    group = element(
        "a", visible(each.group, 24), href=summary.group_href(each.run, each.step, each.group), class_="name"
    )
    reward = (
        number(each.reward) if each.reward is not None else element("code", visible(each.cause or MISSING))
    )
    return element(
        "tr",
        element("th", summary.link(each), scope="row"),
        element("td", f"{each.step:,}", class_="number"),
        element("td", group, class_="name"),
        element("td", visible(each.name, 24), class_="name"),
        element("td", reward, class_="number"),
        *(element("td", number(each.components.get(name)), class_="number") for name in components),
        element("td", number(each.words), class_="number"),
        element("td", number(each.disagreement), class_="number"),
        element("td", *summary.marks(each.marks)),
        data_row="",
    )
