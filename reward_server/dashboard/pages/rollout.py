"""One rollout: what was written, what was found of it, and why it has the reward that it has."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from reward_server.dashboard.address import changed
from reward_server.dashboard.page import Page
from reward_server.dashboard.parts import summary
from reward_server.dashboard.parts.calls import calls, messages
from reward_server.dashboard.parts.completion import completion
from reward_server.dashboard.parts.copies import copies, facts
from reward_server.dashboard.parts.numbers import counted
from reward_server.dashboard.parts.text import clipped, legible
from reward_server.dashboard.parts.verdicts import components, verdicts, why
from reward_server.dashboard.rollout.seen import Seen, seen
from reward_server.dashboard.sources import Sources
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import MISSING
from reward_server.report.words import number, seconds
from reward_server.store.query import mark_names
from rubrics.cause import Cause
from rubrics.rollout import Json

Number = Annotated[int, Meta(ge=1, le=2**62)]
NO_TEXT = (
    "The store of this server keeps no texts (--store-text none): numbers, names and causes are all there is."
)


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says."""

    number: Number
    """The rollout's number in the store."""
    run: str | None = None
    """Carried along to the other pages."""
    all: bool = False
    """Show long texts in full."""
    copy: bool = False
    """Show what can be copied, even if it is long."""
    call: Annotated[int, Meta(ge=0)] | None = None
    """Show the prompt of this judge call in full."""


def view(sources: Sources, query: Query) -> Seen:
    """Read a rollout."""
    return seen(sources, query.number)


def body(shown: Seen, query: Query) -> Iterator[Markup]:
    """Draw it."""
    more = None if query.all else changed(PAGE.path, query, all=True)
    yield _heading(shown)
    yield _way(shown)
    yield _neighbours(shown)
    if shown.stored.content.completion is None:
        yield element("p", NO_TEXT, class_="note")
    yield element(
        "div",
        element("section", *_reward(shown), class_="reward"),
        element("section", *_text(shown, more), class_="completion"),
        class_="two",
    )
    yield from _verdicts(shown)
    yield from _calls(shown, query)
    yield from _context(shown, more)
    yield from _timing(shown)
    yield from _copies(shown, query)


def _heading(shown: Seen) -> Markup:
    stored = shown.stored
    return element(
        "h1",
        f"Rollout {stored.number:,} ",
        element("small", visible(stored.content.result.id, 60), class_="name"),
    )


def _way(shown: Seen) -> Markup:
    """Up to the group, the step and the run."""
    stored = shown.stored
    run, step = stored.run_number, stored.step
    return element(
        "p",
        element("a", visible(stored.run), href=f"/?run={run}"),
        " / ",
        element("a", f"step {step:,}", href=summary.step_href(run, step)),
        " / ",
        element(
            "a",
            f"group {visible(stored.group, 40)}",
            href=summary.group_href(run, step, stored.group),
            rel="up",
            class_="name",
        ),
        class_="way",
    )


def _neighbours(shown: Seen) -> Markup:
    """The rollouts of its group, each with its reward."""
    run = shown.stored.run_number
    places = {each.number: place for place, each in enumerate(shown.siblings)}
    here = places.get(shown.stored.number, 0)
    near = shown.siblings[max(here - 8, 0) : here + 9]
    links = [
        element(
            "a",
            f"{places[each.number] + 1}",
            element("small", f" {number(each.reward)}"),
            href=summary.rollout_href(each.number, run),
            aria_current="page" if each.number == shown.stored.number else None,
            rel=_relation(places[each.number] - here),
        )
        for each in near
    ]
    told = f"{here + 1} of {len(shown.siblings):,} in its group"
    return element(
        "nav", element("small", told), *links, class_="siblings", aria_label="Rollouts of the group"
    )


def _relation(distance: int) -> str | None:
    return {-1: "prev", 1: "next"}.get(distance)


def _reward(shown: Seen) -> Iterator[Markup]:
    stored = shown.stored
    yield element("h2", "Reward")
    yield why(stored.content.result)
    yield components(stored.content.result)
    yield element("p", legible(shown.equation), class_="small")
    marks = summary.marks(mark_names(stored.marks))
    served = "being served" if shown.served else "another version than is served"
    yield facts(
        (
            ("length", f"{counted(stored.words, 'word')} of reasoning, {number(stored.tokens)} tokens"),
            ("finish", stored.content.finish_reason or MISSING),
            ("marks", element("span", *marks) if marks else MISSING),
            ("stored", f"{datetime.fromtimestamp(stored.at, UTC):%Y-%m-%d %H:%M:%S} UTC"),
            ("scored by", f"{visible(stored.reward)}, {served}"),
            ("version", visible(stored.reward_version)),
        )
    )


def _text(shown: Seen, more: str | None) -> Iterator[Markup]:
    yield element("h2", "Completion")
    if shown.stored.content.result.cause == Cause.COMPLETION_TOO_LONG:
        yield element("p", "It was refused before it was read, and is not kept.", class_="note")
    elif shown.anatomy is None:
        yield element("p", "not kept", class_="small")
    else:
        yield from completion(shown.anatomy, shown.quotes, more)


def _verdicts(shown: Seen) -> Iterator[Markup]:
    found = shown.stored.content.result.verdicts
    if found:
        made_up = {quote.criterion for quote in shown.quotes if not quote.places}
        yield element("h2", "Verdicts")
        yield verdicts(found, shown.statements, made_up)


def _calls(shown: Seen, query: Query) -> Iterator[Markup]:
    if shown.calls:
        whole = {place: changed(PAGE.path, query, call=place) for place in range(len(shown.calls))}
        yield element("h2", "Judge calls")
        yield calls(
            shown.calls,
            served=shown.served,
            whole=query.call,
            more=lambda place: f"{whole[place]}#call-{place}",
        )


def _context(shown: Seen, more: str | None) -> Iterator[Markup]:
    content = shown.stored.content
    if shown.stored.prompt is not None:
        yield element("h2", "Prompt")
        yield from messages(shown.stored.prompt, more)
    for title, value in (
        ("Ground truth", content.ground_truth),
        ("Metadata", dict(content.metadata) or None),
    ):
        if value is not None:
            yield element("h2", title)
            yield from clipped(_pretty(value), more)


def _pretty(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _timing(shown: Seen) -> Iterator[Markup]:
    timing = shown.timing
    if timing is None:
        return
    asked = timing.judging
    took, scoring = seconds(timing.total_s), seconds(timing.scoring_s)
    yield element("h2", "Timing")
    yield facts(
        (
            ("request", f"{took} for {counted(shown.brought, 'rollout')}, {scoring} of it scoring"),
            (
                "questions",
                f"{asked.questions:,}, {asked.cached:,} of them cached and {asked.joined:,} joined",
            ),
            ("in judges", f"{seconds(asked.judge_s)}, summed over what was under way at the same time"),
        )
    )


def _copies(shown: Seen, query: Query) -> Iterator[Markup]:
    texts = [] if shown.curl is None else [("As curl", shown.curl)]
    texts += [(f"As a golden test: {visible(name)}", text) for name, text in shown.goldens.items()]
    if texts:
        yield element("h2", "Take it along")
        more = None if query.copy else changed(PAGE.path, query, copy=True)
        yield from copies(texts, more)
    if shown.tryable:
        stored = shown.stored
        link = summary.trying(
            stored.reward, stored.run_number, [stored.number], "Try another rubric on it, or other weights"
        )
        yield element("p", link)


PAGE = Page("Rollout", summary.ROLLOUT, Query, view, body, tab=False)
