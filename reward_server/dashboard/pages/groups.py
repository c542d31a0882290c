"""Groups: those of a step or of a range of steps, with what the trainer can learn from each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from reward_server.dashboard.address import changed
from reward_server.dashboard.page import Page
from reward_server.dashboard.parts import fields, summary
from reward_server.dashboard.parts.choices import Choice, choices
from reward_server.dashboard.parts.sorting import Heading, head
from reward_server.dashboard.rollout.grouping import GroupLine, groups_of
from reward_server.dashboard.sources import Sources
from reward_server.history.statistics import DeadGroups
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import MISSING
from reward_server.report.words import number
from reward_server.store.reading import Run, Store

MOST_GROUPS = 200
"""With so many on a page, it ends with the step."""
MOST_ROLLOUTS = 20_000
"""So many are read for one page, the last step aside."""

Dead = Literal["any", "right", "wrong", "equal", "unscored", "none"]
Sort = Literal["arrival", "name", "size", "mean", "spread", "unscored"]
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
    first: Step | None = None
    """First step. Without first and last, the newest step."""
    last: Step | None = None
    """Last step."""
    dead: Dead | None = None
    """Only groups that are dead for this reason, or for any; or those that are alive."""
    sort: Sort = "arrival"
    descending: bool = False


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


class _Step(msgspec.Struct, frozen=True):
    """What is read of a step's statistics."""

    dead: DeadGroups
    groups: int


def view(sources: Sources, query: Query) -> View:
    """Read the groups of some steps."""
    run = sources.run(query.run)
    steps = [step for step, rollouts, _ in sources.kept.steps(run.id) if rollouts]
    wanted = _wanted(steps, query)
    found, looked_at = _groups(sources.kept, run, wanted, query)
    first, last = (looked_at[0], looked_at[-1]) if looked_at else (None, None)
    return View(
        runs=choices(sources.runs()),
        run=run,
        first=first,
        last=last,
        before=max((step for step in steps if first is not None and step < first), default=None),
        after=min((step for step in steps if last is not None and step > last), default=None),
        groups=_sorted(found, query),
    )


def _wanted(steps: Sequence[int], query: Query) -> Sequence[int]:
    if query.first is None and query.last is None:
        return steps[-1:] if query.dead is None else steps
    low = 0 if query.first is None else query.first
    high = 2**62 if query.last is None else query.last
    return [step for step in steps if low <= step <= high]


def _groups(
    store: Store, run: Run, steps: Sequence[int], query: Query
) -> tuple[list[GroupLine], Sequence[int]]:
    """The groups, and the steps that were looked at: all, or those that fill a page."""
    fits = _fitting(store, run, query.dead)
    found: list[GroupLine] = []
    read = 0
    for place, step in enumerate(steps):
        if not fits(step):
            continue
        lines = groups_of(store, run.id, step)
        read += sum(line.size for line in lines)
        found += [line for line in lines if _is_wanted(line, query.dead)]
        if len(found) >= MOST_GROUPS or read >= MOST_ROLLOUTS:
            return found, steps[: place + 1]
    return found, steps


def _fitting(store: Store, run: Run, dead: Dead | None) -> Callable[[int], bool]:
    """Whether a step may have such groups, as far as that is known without reading its rollouts."""
    if dead in (None, "none"):
        return lambda _: True
    kept = {step: told for step, _, told in store.steps(run.id) if told is not None}

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


def _sorted(found: Sequence[GroupLine], query: Query) -> Sequence[GroupLine]:
    """In the order that was asked for; what has no value to be sorted by comes last."""
    if query.sort == "arrival":
        return list(reversed(found)) if query.descending else found
    there = [line for line in found if getattr(line, query.sort) is not None]
    there.sort(key=lambda line: getattr(line, query.sort), reverse=query.descending)
    return [*there, *(line for line in found if getattr(line, query.sort) is None)]


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
        fields.number("first", "steps from", query.first),
        fields.number("last", "to", query.last),
        fields.choice("dead", "groups", _DEAD, query.dead),
        fields.choice("sort", "sorted by", Sort.__args__, query.sort),  # type: ignore[attr-defined]
        fields.flag("descending", "descending", query.descending),
    )


def _pages(shown: View, query: Query) -> Markup:
    """To the step before, to the one after."""
    if shown.first is None or shown.last is None:
        return element("p")
    steps = f"step {shown.first:,}" if shown.first == shown.last else f"steps {shown.first:,} to {shown.last:,}"
    single = query.first == query.last
    width = 0 if single else shown.last - shown.first
    links = [
        element("a", told, href=_moved(query, shown, step, width, single), rel=rel)
        for told, step, rel in (("previous", shown.before, "prev"), ("next", shown.after, "next"))
        if step is not None
    ]
    return element("p", f"{len(shown.groups):,} groups of {steps}", *links, class_="pages")


def _moved(query: Query, shown: View, step: int, width: int, single: bool) -> str:
    assert shown.first is not None
    first = step if step > shown.first else max(step - width, 0)
    last = step if single else first + width if step < shown.first else None
    if query.first is None and query.last is None and query.dead is None:
        first = last = step
    return changed(PAGE.path, query, run=shown.run.id, first=first, last=last)


def _table(shown: View, query: Query) -> Markup:
    components = list(dict.fromkeys(name for line in shown.groups for name in line.components))
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
    table = element("table", head(PAGE.path, query, headings), element("tbody", *rows), class_="list")
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
        element("td", f"{line.unscored:,}" if line.unscored else MISSING, class_="number"),
        *(element("td", number(line.components.get(name)), class_="number") for name in components),
        data_row="",
    )


PAGE = Page("Groups", summary.GROUPS, Query, view, body, live=True)
