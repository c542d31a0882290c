"""How it was measured: enough to do it again."""

from collections.abc import Iterator

from reward_server.load.report import Report
from reward_server.load.words import load, seconds
from reward_server.report.markup import Markup, element, visible
from reward_server.version import VERSION

_URL = 300
"""Letters of a URL that are shown."""


def measured(report: Report, date: str | None) -> Markup:
    """A list of terms and what they were."""
    pairs = (
        mark
        for term, said in _lines(report, date)
        for mark in (element("dt", term), element("dd", visible(said, _URL)))
    )
    return element("section", element("h2", "How it was measured"), element("dl", *pairs))


def _lines(report: Report, date: str | None) -> Iterator[tuple[str, str]]:
    target = report.target
    if date is not None:
        yield "date", date
    yield f"{target.kind} URL", target.url
    named = {
        "model": target.model,
        "rubric": target.rubric,
        "digest": target.digest,
        "layout": target.layout,
    }
    yield from ((term, said) for term, said in named.items() if said is not None)
    yield "calls of a rollout", f"{target.questions:,}"
    yield "rollouts of a group", f"{target.group_size:,}"
    yield "loads", "; ".join(dict.fromkeys(load(each) for each in report.phases)) or "none"
    yield from _times(report)
    yield "seed", str(report.seed)
    yield "made by", f"gavel {VERSION}"


def _times(report: Report) -> Iterator[tuple[str, str]]:
    warm = sum(each.warming for each in report.timeline) * report.timeline_step_s
    yield "measured", seconds(sum(each.seconds for each in report.phases))
    yield "warm-up", f"{seconds(warm)}, not counted" if warm else "none"
    repeats = sorted({each.repeats for each in report.phases})
    yield "repeats", " or ".join(str(each) for each in repeats) or "none"
    if report.slo_s is not None:
        yield "limit on latency", f"{seconds(report.slo_s)} for a whole rollout"
