"""A run as one file to mail: the same pictures and tables as the pages, no script, nothing fetched."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from reward_server.dashboard.pages import judge, overview, rubric
from reward_server.dashboard.sources import Sources
from reward_server.report.document import document
from reward_server.report.markup import Markup, element, visible
from reward_server.store.reading import Run

_STYLE = Path(__file__).parent / "assets" / "charts.css"


def mail_report(sources: Sources, run: Run) -> str:
    """The whole file. Raises StoreError."""
    return document(f"{visible(run.name)}: what the reward did", _body(sources, run), _STYLE)


def _body(sources: Sources, run: Run) -> Iterator[Markup]:
    yield element("h1", visible(run.name))
    yield _facts(sources, run)
    yield from _section("Overview", overview.whole(sources, run))
    yield from _section("Judge", judge.whole(sources, run))
    yield from _section("Rubric", rubric.whole(sources, run))


def _facts(sources: Sources, run: Run) -> Markup:
    described = sources.kept.latest_description(run.id)
    facts = {
        "reward": visible(run.reward),
        "what it computes": visible(described.equation, most=1_000),
        "steps": f"{run.steps:,}" if run.sent else f"{run.steps:,} of 512 rollouts each",
        "rollouts": f"{run.rollouts:,}",
        "from": _when(run.started),
        "to": _when(run.updated),
    }
    return element("dl", *(part for name, told in facts.items() for part in _fact(name, told)))


def _fact(name: str, told: str) -> tuple[Markup, Markup]:
    return element("dt", name), element("dd", told)


def _when(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _section(title: str, inside: Iterator[Markup]) -> Iterator[Markup]:
    yield element("section", element("h2", title), *inside)
