"""Rollouts: those of a run by what they have in common, a page at a time."""

from collections.abc import Iterator, Sequence
from typing import Annotated, get_args

import msgspec
from msgspec import Meta

from reward_server.dashboard.address import changed
from reward_server.dashboard.page import Page, PageError
from reward_server.dashboard.parts import fields, summary
from reward_server.dashboard.parts.choices import Choice, choices
from reward_server.dashboard.parts.rollout_table import rollout_table
from reward_server.dashboard.parts.sorting import Order
from reward_server.dashboard.sources import Sources
from reward_server.report.markup import Markup, element, visible
from reward_server.store import query as stored
from reward_server.store.query import MarkName, RolloutFilter, Sort, Summary
from reward_server.store.reading import Run, Store
from reward_server.store.schema import VALUES
from rubrics.cause import Cause
from rubrics.problems import ConfigError

SIZE = 50
"""Rollouts of a page."""
LONGEST_TRAIL = 100
"""Pages that a page knows the way back over."""

Step = Annotated[int, Meta(ge=0, le=2**53)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Name = Annotated[str, Meta(max_length=1024)]
Number = Annotated[int, Meta(ge=1, le=2**62)]
Trail = Annotated[str, Meta(pattern=r"^[0-9]{1,19}(-[0-9]{1,19})*$", max_length=20 * (LONGEST_TRAIL + 1))]


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says."""

    run: str | None = None
    """A run's number or name; left out, the newest."""
    step: Step | None = None
    """One step."""
    first: Step | None = None
    """First step of several."""
    last: Step | None = None
    """The last of them."""
    group: Name | None = None
    name: Name | None = None
    """Their id, as it was sent."""
    component: Name | None = None
    """Which value `least`, `most`, `unscored` and the sort `value` are about; left out, the reward."""
    least: float | None = None
    most: float | None = None
    unscored: bool = False
    """Only those without a value."""
    cause: Cause | None = None
    """Only those whose reward is missing for this cause."""
    least_words: Count | None = None
    most_words: Count | None = None
    disagreement: float | None = None
    """Votes differ by at least so much."""
    mark: MarkName | None = None
    sort: Sort = "step"
    ascending: bool = False
    """Left out, the newest or the greatest come first."""
    after: Number | None = None
    """The page after this rollout."""
    trail: Trail | None = None
    """What `after` was on the pages before, each with `-` behind it but the last."""

    @property
    def steps(self) -> tuple[int | None, int | None]:
        """First and last step; None where it does not say."""
        return (self.first, self.last) if self.step is None else (self.step, self.step)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    runs: Sequence[Choice]
    run: Run
    among: int
    """Rollouts of the steps that are looked through."""
    served: bool
    """Whether its reward is being served, in whatever version."""
    components: Sequence[str]
    """Of the run's reward, in all of its versions."""
    rollouts: Sequence[Summary]
    after: int | None
    """What `after` has to be for the next page; null where this is the last."""


def view(sources: Sources, query: Query) -> View:
    """Read a page of rollouts."""
    run = sources.run(query.run)
    try:
        page = stored.rollouts(sources.kept, filter_of(query, run))
    except ConfigError as error:
        problem = error.problems[0]
        raise PageError(problem.message, problem.hint, 422) from None
    return View(
        runs=choices(sources.runs()),
        run=run,
        among=_among(sources.kept, run, *query.steps),
        served=sources.serves(run.reward),
        components=_components(sources.kept, run),
        rollouts=page.rollouts,
        after=page.after,
    )


def filter_of(query: Query, run: Run) -> RolloutFilter:
    """What the URL asks for, of a run."""
    return RolloutFilter(
        run=run.id,
        first_step=query.steps[0],
        last_step=query.steps[1],
        group=query.group,
        name=query.name,
        component=query.component,
        least=query.least,
        most=query.most,
        unscored=query.unscored,
        cause=None if query.cause is None else query.cause.value,
        least_words=query.least_words,
        most_words=query.most_words,
        disagreement=query.disagreement,
        mark=query.mark,
        sort=query.sort,
        descending=not query.ascending,
        limit=SIZE,
        after=query.after,
    )


def _among(store: Store, run: Run, first: int | None, last: int | None) -> int:
    """Known without reading them."""
    query = "SELECT coalesce(sum(rollouts), 0) FROM steps WHERE run = ? AND step >= ? AND step <= ?"
    return int(store.rows(query, run.id, first or 0, 2**62 if last is None else last)[0][0])


def _components(store: Store, run: Run) -> Sequence[str]:
    """The newest version's first."""
    told = [description for _, description in store.versions().values() if description.name == run.reward]
    return list(dict.fromkeys(name for each in reversed(told) for name in each.components[:VALUES]))


def body(shown: View, query: Query) -> Iterator[Markup]:
    """Draw it."""
    yield element("h1", "Rollouts", element("small", f" {visible(shown.run.name)}"))
    yield _form(shown, query)
    yield _told(shown, query)
    if shown.rollouts:
        order = Order(query.sort, descending=not query.ascending, ascending_by="ascending")
        yield rollout_table(shown.rollouts, shown.run.id, query, order)
        yield element("p", *_links(shown, query), *_trying(shown), class_="pages")
    else:
        yield element("p", "No such rollout.", class_="note")


def _form(shown: View, query: Query) -> Markup:
    components = {"": "reward", **{name: name for name in shown.components}}
    return fields.form(
        PAGE.path,
        fields.runs(shown.runs, shown.run.id),
        fields.number("first", "steps from", query.steps[0]),
        fields.number("last", "to", query.steps[1]),
        fields.choice("component", "value of", components, query.component),
        fields.number("least", "from", query.least, whole=False),
        fields.number("most", "to", query.most, whole=False),
        fields.flag("unscored", "unscored", query.unscored),
        fields.choice("cause", "cause", {"": "any", **{str(each): str(each) for each in Cause}}, query.cause),
        fields.choice("mark", "mark", {"": "any", **{each: each for each in get_args(MarkName)}}, query.mark),
        fields.number("disagreement", "disagreement from", query.disagreement, whole=False),
        fields.number("least_words", "words from", query.least_words),
        fields.number("most_words", "to", query.most_words),
        fields.text("group", "group", query.group),
        fields.text("name", "name", query.name),
        fields.choice("sort", "sorted by", get_args(Sort), query.sort),
        fields.flag("ascending", "ascending", query.ascending),
    )


def _told(shown: View, query: Query) -> Markup:
    page = 1 if query.after is None else 2 if query.trail is None else query.trail.count("-") + 3
    place = f"page {page:,}" if page < LONGEST_TRAIL else "a later page"
    count = f"{len(shown.rollouts):,} rollouts, {place}; {shown.among:,} are looked through"
    return element("p", count, *_links(shown, query), class_="pages")


def _links(shown: View, query: Query) -> Iterator[Markup]:
    if query.after is not None:
        before, _, last = (query.trail or "").rpartition("-")
        back = changed(PAGE.path, query, run=shown.run.id, after=last or None, trail=before or None)
        yield element("a", "first", href=changed(PAGE.path, query, run=shown.run.id, after=None, trail=None))
        yield element("a", "previous", href=back, rel="prev")
    if shown.after is not None:
        trail = _longer(query)
        onward = changed(PAGE.path, query, run=shown.run.id, after=shown.after, trail=trail)
        yield element("a", "next", href=onward, rel="next")


def _trying(shown: View) -> Iterator[Markup]:
    if shown.served:
        numbers = [each.number for each in shown.rollouts]
        yield summary.trying(shown.run.reward, shown.run.id, numbers, "try another rubric on these")


def _longer(query: Query) -> str | None:
    """The trail of the next page."""
    steps = [each for each in (query.trail or "").split("-") if each]
    steps += [] if query.after is None else [str(query.after)]
    return "-".join(steps[-LONGEST_TRAIL:]) or None


PAGE = Page("Rollouts", summary.ROLLOUTS, Query, view, body)
