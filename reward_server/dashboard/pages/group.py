"""One group: its rollouts side by side, so that it can be seen in what they differ."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from reward_server.dashboard.address import changed
from reward_server.dashboard.page import Page, PageError
from reward_server.dashboard.parts import summary
from reward_server.dashboard.parts.calls import messages
from reward_server.dashboard.parts.comparison import comparison, texts_alike
from reward_server.dashboard.parts.completion import parts
from reward_server.dashboard.parts.text import sound
from reward_server.dashboard.parts.verdicts import cause
from reward_server.dashboard.rollout.anatomy import Anatomy, anatomy, layout_of
from reward_server.dashboard.rollout.likeness import shared
from reward_server.dashboard.rollout.seen import siblings
from reward_server.dashboard.sources import Sources
from reward_server.report.markup import Markup, element, visible
from reward_server.report.words import number
from reward_server.store.query import Summary
from reward_server.store.reading import Run, StoredRollout
from rubrics.completion import Completion
from rubrics.layout import PLAIN

AT_ONCE = 32
"""Rollouts of one page."""
CLIP = 1_500
"""Characters of a text that are shown before somebody asks for all of it."""
LONGEST = 200_000
"""Characters of a text that are looked at for what siblings say as well."""


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says."""

    step: Annotated[int, Meta(ge=0, le=2**53)]
    name: Annotated[str, Meta(max_length=1024)]
    run: str | None = None
    """A run's number or name; left out, the newest."""
    start: Annotated[int, Meta(ge=0, le=2**31)] = 0
    """How many rollouts stand before those of this page."""
    all: bool = False
    """Show long texts in full."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    run: Run
    step: int
    name: str
    served: bool
    """Whether its reward is being served, in whatever version."""
    size: int
    rollouts: Sequence[StoredRollout]
    """Of this page."""
    anatomies: Sequence[Anatomy | None]
    fields: Sequence[Mapping[str, object] | None]
    """The answers' JSON objects, where they are some."""
    alike: Mapping[int, int]
    """By place on the page: the place of the first whose text is the same."""


def view(sources: Sources, query: Query) -> View:
    """Read a group."""
    run = sources.run(query.run)
    found = siblings(sources.kept, run.id, query.step, query.name)
    if not found:
        raise PageError(f"there is no group {ascii(query.name)[:80]} in step {query.step} of this run")
    shown = found[query.start : query.start + AT_ONCE]
    try:
        return _view(sources, run, query, found, shown)
    except RecursionError:
        raise PageError("this group holds JSON that is nested too deeply to be shown", status=422) from None


def _view(
    sources: Sources, run: Run, query: Query, found: Sequence[Summary], shown: Sequence[Summary]
) -> View:
    rollouts = sources.kept.rollouts([each.number for each in shown])
    versions = {version: layout_of(told) for version, told in sources.kept.versions().values()}
    layouts = [versions.get(each.reward_version, PLAIN) for each in rollouts]
    texts = [each.content.completion for each in rollouts]
    pairs = list(zip(texts, layouts, strict=True))
    return View(
        run=run,
        step=query.step,
        name=query.name,
        served=sources.serves(run.reward),
        size=len(found),
        rollouts=rollouts,
        anatomies=[None if text is None else anatomy(text, layout) for text, layout in pairs],
        fields=[None if text is None else Completion(sound(text), layout).fields for text, layout in pairs],
        alike=texts_alike(shown, texts),
    )


def body(shown: View, query: Query) -> Iterator[Markup]:
    """Draw it."""
    more = None if query.all else changed(PAGE.path, query, run=shown.run.id, all=True)
    yield element("h1", "Group ", element("small", visible(shown.name), class_="name"))
    yield _way(shown)
    yield _pages(shown, query)
    yield comparison(shown.rollouts, shown.fields, query.start)
    yield element("div", *_columns(shown, query, more), class_="columns", tabindex="0")
    prompt = next((each.prompt for each in shown.rollouts if each.prompt is not None), None)
    if prompt is not None:
        yield element("h2", "Prompt")
        yield from messages(prompt, more)


def _way(shown: View) -> Markup:
    run = shown.run.id
    return element(
        "p",
        element("a", visible(shown.run.name), href=f"/?run={run}"),
        " / ",
        element("a", f"step {shown.step:,}", href=summary.step_href(run, shown.step), rel="up"),
        class_="way",
    )


def _pages(shown: View, query: Query) -> Markup:
    rewards = [each.content.result.reward for each in shown.rollouts]
    there = [reward for reward in rewards if reward is not None]
    mean = number(sum(there) / len(there) if there else None)
    told = f"{shown.size:,} rollouts, mean reward {mean}" + (" on this page" if shown.size > AT_ONCE else "")
    links = []
    if query.start > 0:
        back = changed(PAGE.path, query, run=shown.run.id, start=max(query.start - AT_ONCE, 0))
        links.append(element("a", "previous", href=back, rel="prev"))
    if query.start + AT_ONCE < shown.size:
        onward = changed(PAGE.path, query, run=shown.run.id, start=query.start + AT_ONCE)
        links.append(element("a", "next", href=onward, rel="next"))
    if shown.served:
        numbers = [each.number for each in shown.rollouts]
        links.append(summary.trying(shown.run.reward, shown.run.id, numbers, "try another rubric on these"))
    return element("p", told, *links, class_="pages")


def _columns(shown: View, query: Query, more: str | None) -> Iterator[Markup]:
    likeness = shared(["" if each is None else each.text[:LONGEST] for each in shown.anatomies])
    for place, (rollout, found) in enumerate(zip(shown.rollouts, shown.anatomies, strict=True)):
        result = rollout.content.result
        link = summary.rollout_href(rollout.number, rollout.run_number)
        told: list[Markup] = []
        if result.reward is None:
            told.append(element("p", *cause(result.cause, result.detail), class_="note"))
        if place in shown.alike:
            told.append(
                element("p", f"The same text as #{query.start + shown.alike[place] + 1}.", class_="note")
            )
        title = element(
            "h3",
            element("a", f"#{query.start + place + 1}", href=link),
            element("small", f"reward {number(result.reward)}"),
        )
        texts = [] if found is None else parts(found, likeness[place], more, most=CLIP)
        yield element("article", title, *told, *texts, class_="column")


PAGE = Page("Group", summary.GROUP, Query, view, body, tab=False)
