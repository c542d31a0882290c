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
    "newest rounds",
    "judge",
    "canaries met",
    "look at",
    "anchors moved by",
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
    newest: dict[tuple[str, str], dict[str, Round]] = {}
    for each in found:
        newest.setdefault((each.criterion, each.judge), {})[each.kind] = each
    rows = [_row(*about, kinds.get("canary"), kinds.get("anchor"), link) for about, kinds in newest.items()]
    yield table(_HEADINGS, rows, "probes")
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


def _row(criterion: str, judge: str, canary: Round | None, anchor: Round | None, link: Link) -> Markup:
    return row(
        visible(criterion), element("td", visible(judge)), *_canary(canary, link), *_anchor(anchor, link)
    )


def _canary(found: Round | None, link: Link) -> Iterator[Markup]:
    if found is None or not found.asked:
        yield from (cell(number(None)), cell(""))
        return
    yield cell(share(found.found / found.asked), f"{found.found:g} of {found.asked}, step {found.step:,}")
    yield element("td", *_links(found.rollouts, link))


def _anchor(found: Round | None, link: Link) -> Iterator[Markup]:
    if found is None or not found.asked:
        yield from (*(cell(number(None)) for _ in range(3)), cell(""))
        return
    yield cell(number(found.found), f"over {found.asked}, step {found.step:,}")
    yield cell(number(found.retest))
    yield cell(f"{number(found.excess)} \N{PLUS-MINUS SIGN} {number(found.error)}")
    yield element("td", *_links(found.rollouts, link))


def _links(numbers: Sequence[int], link: Link) -> Iterator[Markup | str]:
    for place, each in enumerate(numbers):
        yield from (", ", link(each)) if place else (link(each),)
