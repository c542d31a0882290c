"""Where a reward comes from: its components, and the verdicts of its rubrics."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import UNSET

from reward_server.advice import ADVICE
from reward_server.dashboard.parts.text import beginning
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import MISSING
from reward_server.report.words import number
from reward_server.wire.native import ComponentResult, Result
from rubrics.verdict import Verdict

_ADVICE: Mapping[str, str] = {known.value: advice for known, advice in ADVICE.items()}
_BAR, _HIGH = 120, 10
"""Units of a bar's picture."""


def why(result: Result) -> Markup:
    """The reward as a sum, or why there is none."""
    if result.reward is None:
        told = cause(result.cause, result.detail)
        advice = element("small", f" {_ADVICE.get(result.cause or '', '')}")
        return element("p", element("strong", "unscored: "), *told, advice, class_="note")
    weight = result.advantage_weight
    times = "" if weight is None else f", whose advantage counts {number(weight)} times"
    return element("p", element("strong", number(result.reward), class_="sum"), f" reward{times}")


def cause(name: str | None, detail: str | None) -> list[Markup]:
    """A cause and its detail."""
    told = [element("code", name or MISSING)]
    if detail:
        told.append(element("span", " ", beginning(detail)))
    return told


def components(result: Result) -> Markup:
    """Each component with what it adds to the reward."""
    found = result.components or {}
    widest = max((abs(each.weight) for each in found.values()), default=1.0) or 1.0
    rows = [_component(name, each, widest) for name, each in found.items()]
    if result.reward is not None:
        rows.append(_sum(result.reward))
    return _table(("component", "value", "weight", "adds", "", "why"), rows, "components")


def _component(name: str, found: ComponentResult, widest: float) -> Markup:
    reason = (
        _told(found.reason) if found.cause is None else element("span", *cause(found.cause, found.reason))
    )
    return element(
        "tr",
        element("th", visible(name), scope="row"),
        _number(found.value),
        _number(found.weight),
        _number(found.weighted),
        element("td", _bar(found, widest), class_="bar"),
        element("td", reason, class_="why"),
    )


def _sum(reward: float) -> Markup:
    empty = element("td")
    return element(
        "tr",
        element("th", "reward", scope="row"),
        empty,
        empty,
        _number(reward),
        empty,
        empty,
        class_="total",
    )


def _bar(found: ComponentResult, widest: float) -> Markup:
    """What it adds, before what it could add at a value of 1."""
    could = _BAR * abs(found.weight) / widest
    adds = _BAR * abs(found.weighted or 0.0) / widest
    kind = "adds" if (found.weighted or 0.0) >= 0 else "takes"
    return element(
        "svg",
        element("rect", width=min(could, _BAR), height=_HIGH, class_="could"),
        element("rect", width=min(adds, _BAR), height=_HIGH, class_=kind),
        viewBox=f"0 0 {_BAR} {_HIGH}",
        aria_hidden="true",
    )


def verdicts(found: Sequence[Verdict], statements: Mapping[str, str], made_up: Collection[str]) -> Markup:
    """The verdicts of a rollout. `made_up`: the criteria whose quotation is not in the text."""
    headings = ("criterion", "found", "value", "probability", "weight", "votes", "disagreement", "why")
    return _table(headings, [_verdict(each, statements, made_up) for each in found], "verdicts")


def _verdict(found: Verdict, statements: Mapping[str, str], made_up: Collection[str]) -> Markup:
    statement = statements.get(found.criterion)
    below = [] if statement is None else [element("small", visible(statement, 200))]
    votes = MISSING if found.votes is UNSET else ", ".join(map(number, found.votes))
    return element(
        "tr",
        element("th", visible(found.criterion), *below, scope="row"),
        element("td", _choice(found), class_=f"found {_kind(found)}"),
        _number(found.value),
        _number(found.probability),
        _number(found.weight),
        element("td", votes, class_="number"),
        _number(None if found.disagreement is UNSET else found.disagreement),
        element("td", *_because(found, made_up), class_="why"),
    )


def _because(found: Verdict, made_up: Collection[str]) -> list[Markup]:
    if found.cause is not None:
        return cause(found.cause.value, found.reason)
    if found.criterion in made_up:
        return [element("span", "quotation not found in the completion", class_="bad")]
    return [_told(found.reason)]


def _choice(found: Verdict) -> str:
    return visible(found.choice) if found.choice is not None else MISSING


def _kind(found: Verdict) -> str:
    """Whether it speaks for the rollout: of a pitfall, being met speaks against it."""
    if found.value is None or found.skipped:
        return "none"
    good = found.value >= 0.5
    return "for" if good == ((found.weight or 0.0) >= 0) else "against"


def _told(reason: str | None) -> Markup:
    return element("span", MISSING if reason is None else beginning(reason))


def _number(value: float | None) -> Markup:
    return element("td", number(value), class_="number")


def _table(headings: Sequence[str], rows: Sequence[Markup], kind: str) -> Markup:
    head = element("tr", *(element("th", heading, scope="col") for heading in headings))
    whole = element("table", element("thead", head), element("tbody", *rows), class_=f"list {kind}")
    return element("div", whole, class_="scroll", tabindex="0")
