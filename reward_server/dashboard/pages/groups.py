"""Groups: those of a step or of a range of steps, with what the trainer can learn from each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, get_args

import msgspec
from msgspec import Meta

from reward_server.dashboard.address import changed
from reward_server.dashboard.page import Page
from reward_server.dashboard.parts import fields, summary
from reward_server.dashboard.parts.choices import Choice, choices
from reward_server.dashboard.parts.numbers import counted
from reward_server.dashboard.parts.sorting import Heading, Order, head
from reward_server.dashboard.rollout.grouping import GroupLine
from reward_server.dashboard.rollout.selection import Dead, Sort, ordered, select
from reward_server.dashboard.sources import Sources
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import MISSING
from reward_server.report.words import number
from reward_server.store.reading import Run

Step = Annotated[int, Meta(ge=0, le=2**53)]

_DEAD: Mapping[str, str] = {
    "": "all groups",
    "any": "dead, for any reason",
    "right": "all rewards the highest",
    "wrong": "all rewards the lowest",
    "equal": "all rewards equal, in between",
    "unscored": "fewer than two rewards",
    "none": "alive",
}
_TOLD = {"right": "all highest", "wrong": "all lowest", "equal": "all equal", "unscored": "unscored"}


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says."""

    run: str | None = None
    """A run's number or name; left out, the newest."""
    step: Step | None = None
    """One step. Without this, first and last, the newest step."""
    first: Step | None = None
    """First step of several."""
    last: Step | None = None
    """The last of them."""
    dead: Dead | None = None
    """Only groups that are dead for this reason, or for any; or those that are alive."""
    sort: Sort = "arrival"
    descending: bool = False

    @property
    def steps(self) -> tuple[int | None, int | None]:
        """First and last step; None where it does not say."""
        return (self.first, self.last) if self.step is None else (self.step, self.step)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    runs: Sequence[Choice]
    run: Run
    first: int | None
    """The steps that were looked at."""
    last: int | None
    before: int | None
    """The step before them, where there is one."""
    after: int | None
    """The step after them: where a next page would begin."""
    groups: Sequence[GroupLine]


def view(sources: Sources, query: Query) -> View:
    """Read the groups of some steps."""
    run = sources.run(query.run)
    steps = [step for step, rollouts, _ in sources.kept.steps(run.id) if rollouts]
    wanted = _wanted(steps, query)
    found, looked_at = select(sources.kept, run.id, wanted, query.dead)
    first, last = (looked_at[0], looked_at[-1]) if looked_at else (None, None)
    return View(
        runs=choices(sources.runs()),
        run=run,
        first=first,
        last=last,
        before=max((step for step in steps if first is not None and step < first), default=None),
        after=min((step for step in steps if last is not None and step > last), default=None),
        groups=ordered(found, query.sort, descending=query.descending),
    )


def _wanted(steps: Sequence[int], query: Query) -> Sequence[int]:
    first, last = query.steps
    if first is None and last is None:
        return steps[-1:] if query.dead is None else steps
    return [step for step in steps if (first or 0) <= step and (last is None or step <= last)]


def body(shown: View, query: Query) -> Iterator[Markup]:
    """Draw it."""
    yield element("h1", "Groups", element("small", f" {visible(shown.run.name)}"))
    yield _form(shown, query)
    yield _pages(shown, query)
    if shown.groups:
        yield _table(shown, query)
    else:
        yield element("p", "No such group in these steps.", class_="note")


def _form(shown: View, query: Query) -> Markup:
    return fields.form(
        PAGE.path,
        fields.runs(shown.runs, shown.run.id),
        fields.number("first", "steps from", query.steps[0]),
        fields.number("last", "to", query.steps[1]),
        fields.choice("dead", "groups", _DEAD, query.dead),
        fields.choice("sort", "sorted by", get_args(Sort), query.sort),
        fields.flag("descending", "descending", query.descending),
    )


def _pages(shown: View, query: Query) -> Markup:
    """To the step before, to the one after."""
    if shown.first is None or shown.last is None:
        return element("p")
    steps = (
        f"step {shown.first:,}" if shown.first == shown.last else f"steps {shown.first:,} to {shown.last:,}"
    )
    links = [
        element("a", told, href=_moved(query, shown, step), rel=rel)
        for told, step, rel in (("previous", shown.before, "prev"), ("next", shown.after, "next"))
        if step is not None
    ]
    return element("p", f"{counted(len(shown.groups), 'group')} of {steps}", *links, class_="pages")


def _moved(query: Query, shown: View, step: int) -> str:
    """The page that begins or ends with a step, as many steps wide where that is known."""
    assert shown.first is not None
    assert shown.last is not None
    width = shown.last - shown.first
    last: int | None
    first, last = (max(step - width, 0), step) if step < shown.first else (step, step + width)
    if query.dead is not None and step > shown.last:
        last = None  # as many steps as fill it
    one = step if width == 0 and query.dead is None else None
    sides: dict[str, int | None] = (
        {"first": None, "last": None} if one is not None else {"first": first, "last": last}
    )
    return changed(PAGE.path, query, run=shown.run.id, step=one, **sides)


def _table(shown: View, query: Query) -> Markup:
    components = list(dict.fromkeys(name for line in shown.groups for name in line.components))
    order = Order(query.sort, descending=query.descending, descending_by="descending")
    headings = [
        Heading("group", "name"),
        Heading("step", "arrival", number=True),
        Heading("rollouts", "size", number=True),
        Heading("mean reward", "mean", number=True),
        Heading("spread", "spread", number=True),
        Heading("dead"),
        Heading("unscored", "unscored", number=True),
        *(Heading(visible(name), number=True) for name in components),
    ]
    rows = [_row(line, shown.run.id, components) for line in shown.groups]
    table = element("table", head(PAGE.path, query, order, headings), element("tbody", *rows), class_="list")
    return element("div", table, class_="scroll", tabindex="0")


def _row(line: GroupLine, run: int, components: Sequence[str]) -> Markup:
    link = element(
        "a", visible(line.name, 48), href=summary.group_href(run, line.step, line.name), class_="name"
    )
    dead = MISSING if line.dead is None else element("span", _TOLD[line.dead], class_="tag")
    return element(
        "tr",
        element("th", link, scope="row", class_="name"),
        element("td", f"{line.step:,}", class_="number"),
        element("td", f"{line.size:,}", class_="number"),
        element("td", number(line.mean), class_="number"),
        element("td", number(line.spread), class_="number"),
        element("td", dead),
        element("td", f"{line.unscored:,}", class_="number"),
        *(element("td", number(line.components.get(name)), class_="number") for name in components),
        data_row="",
    )


PAGE = Page("Groups", summary.GROUPS, Query, view, body, live=True)
