"""Calls without a verdict, by why."""

from collections import Counter
from collections.abc import Mapping, Sequence

from reward_server.load.page.legend import figure, legend
from reward_server.load.page.phases import ABSTAINED, LIMITED, kind, lost
from reward_server.load.page.stacked import Bar, stacked
from reward_server.load.report import PhaseFigures, Report
from reward_server.load.words import load, share
from reward_server.report.markup import Markup, element, visible

_COLOURS = ("c1", "c2", "c3", "c4")
_OTHERS = "other causes"


def failures(report: Report) -> Markup:
    """One bar for each phase that lost something, or the words that none did."""
    losing = [each for each in report.phases if lost(each)]
    if not losing:
        words = "Every call brought a verdict." if any(each.calls for each in report.phases) else "No calls."
        return figure("Calls without a verdict", element("p", words))
    colours = _colours(losing)
    bars = [_bar(each, colours) for each in losing]
    drawn = stacked(bars, "Share of calls without a verdict by load", "share of calls", share)
    seen = {cause for each in losing for cause in lost(each)}
    keys = [(colour, visible(cause)) for cause, colour in colours.items() if cause in seen]
    return figure("Calls without a verdict", drawn, legend([*keys, *_rest(losing, colours)]))


def _colours(losing: Sequence[PhaseFigures]) -> Mapping[str, str]:
    """Colours for the causes that lost most."""
    total: Counter[str] = Counter()
    for each in losing:
        total.update(lost(each))
    ranked = sorted(total, key=lambda cause: (-total[cause], cause))
    failed = [cause for cause in ranked if cause != ABSTAINED]
    return {**dict(zip(failed, _COLOURS, strict=False)), ABSTAINED: "c5"}


def _bar(phase: PhaseFigures, colours: Mapping[str, str]) -> Bar:
    shares = lost(phase)
    named_parts = [
        (kind(phase, colour), visible(cause), shares[cause])
        for cause, colour in colours.items()
        if cause in shares
    ]
    others = sum(value for cause, value in shares.items() if cause not in colours)
    rest = [(kind(phase, "rest"), _OTHERS, others)] if others else []
    return Bar(load(phase), [*named_parts, *rest], share(sum(shares.values())))


def _rest(losing: Sequence[PhaseFigures], colours: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    some = any(cause not in colours for each in losing for cause in lost(each))
    hollow = [("c1 hollow", LIMITED)] if any(each.client_limited for each in losing) else []
    return [*([("rest", _OTHERS)] if some else []), *hollow]
