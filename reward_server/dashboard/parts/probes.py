"""What came of probing judges: canaries, which are not to pass, and anchors, which are not to move."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from reward_server.alarms.alarm import Alarm
from reward_server.alarms.rounds import ProbeKind, Round
from reward_server.dashboard.parts.alarms import Link, spans
from reward_server.dashboard.parts.chart import Chart, figures
from reward_server.dashboard.parts.curves import Points
from reward_server.dashboard.parts.lines import lines
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import cell, row, table
from reward_server.report.words import number, share

_NONE = "The judges of this run were not probed. With a section "
_WHAT = (
    " in the reward file they are asked now and then about texts without content (canaries), and about the "
    "same rollouts again (anchors)."
)
_HEADINGS = (
    "newest round",
    "judge",
    "step",
    "canaries met",
    "anchors",
    "moved by",
    "at the retest",
    "more than then",
    "look at",
)


def probes(
    found: Sequence[Round], raised: Sequence[Alarm], link: Link, *, told: bool = True
) -> Iterator[Markup]:
    """The newest round of each criterion, and all of them over the steps."""
    if not found:
        yield element("p", _NONE, element("code", "watch"), _WHAT, class_="small")
        return
    newest = {(each.kind, each.judge, each.criterion): each for each in found}
    yield table(_HEADINGS, [_row(each, link) for each in newest.values()], "probes")
    yield figures(charts(found, raised), told=told)


def charts(found: Sequence[Round], raised: Sequence[Alarm]) -> Iterator[Chart]:
    """How many canaries passed, and how far anchors moved, by criterion."""
    yield lines(
        "Canaries that were found met",
        "share of a round",
        _points(found, "canary", lambda each: each.found / each.asked if each.asked else None),
        high=1,
        spans=spans(raised, "judge_false_positives"),
    )
    yield lines(
        "How far verdicts on anchors moved",
        "mean difference",
        _points(found, "anchor", lambda each: each.found if each.asked else None),
        spans=spans(raised, "judge_drift"),
    )


def _points(
    found: Sequence[Round], kind: ProbeKind, read: Callable[[Round], float | None]
) -> Mapping[str, Points]:
    """By criterion. Several rounds at the same step stand at that step's last one."""
    steps: dict[str, dict[float, float | None]] = {}
    for each in found:
        if each.kind == kind:
            steps.setdefault(each.criterion, {})[each.step] = read(each)
    return {
        criterion: sorted(points.items(), key=lambda point: point[0]) for criterion, points in steps.items()
    }


def _row(each: Round, link: Link) -> Markup:
    canary = each.kind == "canary"
    met = share(each.found / each.asked) if canary and each.asked else number(None)
    return row(
        visible(each.criterion),
        element("td", visible(each.judge)),
        cell(number(each.step)),
        cell(met, f"{each.found:g} of {each.asked}" if canary else None),
        cell(number(None if canary else each.asked)),
        cell(number(None if canary else each.found)),
        cell(number(None if canary else each.retest)),
        cell(number(None) if canary else f"{number(each.excess)} \N{PLUS-MINUS SIGN} {number(each.error)}"),
        element("td", *_links(each.rollouts, link)),
    )


def _links(numbers: Sequence[int], link: Link) -> Iterator[Markup | str]:
    for place, each in enumerate(numbers):
        yield from (", ", link(each)) if place else (link(each),)
