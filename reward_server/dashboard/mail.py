"""A run as one file to mail: the same pictures and tables as the pages, no script, nothing fetched."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from reward_server.dashboard.page import PageError
from reward_server.dashboard.pages import judge, overview, rubric
from reward_server.dashboard.parts.alarms import Link, alarms
from reward_server.dashboard.parts.brief import anchor, brief
from reward_server.dashboard.rollout.picks import Pick, picks
from reward_server.dashboard.rollout.seen import seen
from reward_server.dashboard.sources import Sources
from reward_server.report.document import document
from reward_server.report.markup import Markup, element, visible
from reward_server.store.database import StoreError
from reward_server.store.reading import Run

_STYLES = [
    Path(__file__).parent / "assets" / f"{name}.css" for name in ("charts", "texts", "alarms", "rollouts")
]
_KEPT = "%Y-%m-%d %H:%M UTC"


def mail_report(sources: Sources, run: Run) -> str:
    """The whole file. Raises StoreError."""
    return document(f"{visible(run.name)}: what the reward did", _body(sources, run), *_STYLES)


def _body(sources: Sources, run: Run) -> Iterator[Markup]:
    raised = sources.alarms(run)
    examples = dict(_examples(sources, picks(sources.history(run), raised)))
    link = _link(examples)
    yield element("h1", visible(run.name))
    yield _facts(sources, run)
    yield from alarms(raised, link)
    yield _section("Overview", overview.whole(sources, run))
    yield _section("Judge", judge.whole(sources, run, link))
    yield _section("Rubric", rubric.whole(sources, run))
    yield _section("Rollouts to look at", examples.values() or [element("p", "None is stored.")])


def _examples(sources: Sources, picked: Sequence[Pick]) -> Iterator[tuple[int, Markup]]:
    """Those that are still there, by their numbers."""
    for pick in picked:
        try:
            found = seen(sources, pick.number)
        except (StoreError, PageError):
            continue
        yield pick.number, brief(found, pick.why)


def _link(examples: Mapping[int, Markup]) -> Link:
    """Leads to a rollout of this file; of others, it is just the number."""

    def link(number: int) -> Markup:
        if number not in examples:
            return element("span", f"{number:,}")
        return element("a", f"{number:,}", href=f"#{anchor(number)}")

    return link


def _facts(sources: Sources, run: Run) -> Markup:
    described = sources.kept.latest_description(run.id)
    facts = {
        "reward": visible(run.reward),
        "what it computes": visible(described.equation, most=1_000),
        "steps": f"{run.steps:,}" if run.sent else f"{run.steps:,} of 512 rollouts each",
        "rollouts": f"{run.rollouts:,}",
        "from": f"{datetime.fromtimestamp(run.started, UTC):{_KEPT}}",
        "to": f"{datetime.fromtimestamp(run.updated, UTC):{_KEPT}}",
    }
    return element("dl", *(part for name, told in facts.items() for part in _fact(name, told)))


def _fact(name: str, told: str) -> tuple[Markup, Markup]:
    return element("dt", name), element("dd", told)


def _section(title: str, inside: Iterable[Markup]) -> Markup:
    return element("section", element("h2", title), *inside)
