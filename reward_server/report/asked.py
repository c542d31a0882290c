"""What a report was asked: enough to make it again."""

from collections.abc import Iterator

import msgspec

from reward_server.report.markup import Markup, element, visible
from reward_server.version import VERSION
from rubrics.agreement.report import Report
from rubrics.rubric import Rubric


class Asked(msgspec.Struct, frozen=True):
    """The files and the rubric. Nothing here comes from a clock: the same question gives the same page."""

    verdicts: str
    labels: str
    retest: str | None = None
    rubric: Rubric | None = None
    date: str | None = None


def asked_lines(asked: Asked, report: Report) -> Markup:
    """A list of terms and what they were."""
    lines = [
        pair
        for term, said in _lines(asked, report)
        for pair in (element("dt", term), element("dd", visible(said)))
    ]
    return element("dl", *lines)


def _lines(asked: Asked, report: Report) -> Iterator[tuple[str, str]]:
    if asked.date is not None:
        yield "date", asked.date
    if asked.rubric is not None:
        yield "rubric", f"{asked.rubric.id}, version {asked.rubric.version}"
        yield "digest", asked.rubric.digest
    yield "verdicts", asked.verdicts
    yield "labels", asked.labels
    if asked.retest is not None:
        yield "second run", asked.retest
    bootstrap = report.bootstrap
    yield (
        "intervals",
        f"{report.level:.0%}, of {bootstrap.resamples:,} resamples of groups, seed {bootstrap.seed}",
    )
    yield "made by", f"gavel {VERSION}"
