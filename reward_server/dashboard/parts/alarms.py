"""What is wrong with a run: the alarms that are raised, and folded below them those that are over."""

from collections.abc import Callable, Iterator, Sequence

from reward_server.alarms.alarm import Alarm
from reward_server.dashboard.parts.chart import Span
from reward_server.dashboard.parts.summary import rollout_href
from reward_server.report.markup import Markup, element, visible

Link = Callable[[int], Markup]
"""Leads to a rollout by its number."""


def page_link(run: int) -> Link:
    """Links to the rollouts' pages."""
    return lambda number: element("a", f"{number:,}", href=rollout_href(number, run))


def alarms(found: Sequence[Alarm], link: Link) -> Iterator[Markup]:
    """All of them, the raised ones first and the worst of these on top."""
    raised = sorted((each for each in found if each.active), key=lambda each: each.level != "critical")
    over = [each for each in found if not each.active]
    yield element(
        "section",
        element("h2", _count(len(raised)), class_="small" if not raised else None),
        *([element("div", *(_alarm(each, link) for each in raised), class_="raised-now")] if raised else []),
        *(() if not over else [_over(over, link)]),
        class_="alarms",
        id="alarms",
    )


def spans(found: Sequence[Alarm], *names: str) -> tuple[Span, ...]:
    """The steps at which alarms of these names were raised, to be marked in a chart."""
    return tuple(
        Span(each.since, each.last if each.until is None else each.until, f"{title(each)}, {when(each)}")
        for each in found
        if each.name in names
    )


def title(alarm: Alarm) -> str:
    """Its name, and what it is about."""
    return f"{alarm.name}: {visible(alarm.subject)}" if alarm.subject else alarm.name


def when(alarm: Alarm) -> str:
    """The steps it was raised at."""
    if alarm.until is None:
        return f"since step {alarm.since:,}"
    return f"from step {alarm.since:,} until {alarm.until:,}"


def _count(raised: int) -> str:
    if not raised:
        return "No alarm is raised."
    return "1 alarm is raised" if raised == 1 else f"{raised} alarms are raised"


def _alarm(alarm: Alarm, link: Link) -> Markup:
    said = [element("h3", title(alarm), element("small", f" {alarm.level}, {when(alarm)}"))]
    said.append(element("p", _sentence(alarm.seen)))
    said.append(element("p", element("strong", "What to do: "), *_with_code(_sentence(alarm.advice))))
    if alarm.rollouts:
        said.append(element("p", "Look at rollout ", *_links(alarm, link)))
    return element("article", *said, class_="alarm critical" if alarm.level == "critical" else "alarm")


def _over(found: Sequence[Alarm], link: Link) -> Markup:
    headings = ("alarm", "steps", "what was seen last", "rollouts")
    head = element("tr", *(element("th", each, scope="col") for each in headings))
    rows = [_row(each, link) for each in reversed(found)]
    table = element("table", element("thead", head), element("tbody", *rows), class_="list")
    summary = element("summary", f"{len(found)} {'is' if len(found) == 1 else 'are'} over")
    return element("details", summary, element("div", table, class_="scroll", tabindex="0"))


def _row(alarm: Alarm, link: Link) -> Markup:
    return element(
        "tr",
        element("th", title(alarm), scope="row"),
        element("td", f"{alarm.since:,}\N{EN DASH}{alarm.until:,}", class_="steps"),
        element("td", _sentence(alarm.seen)),
        element("td", *_links(alarm, link)),
    )


def _links(alarm: Alarm, link: Link) -> list[Markup | str]:
    """The rollouts, with commas between."""
    found: list[Markup | str] = []
    for number in alarm.rollouts:
        found += [", ", link(number)] if found else [link(number)]
    return found


def _with_code(text: str) -> Iterator[Markup | str]:
    """What stands between backticks is a name."""
    for place, part in enumerate(text.split("`")):
        yield element("code", part) if place % 2 else part


def _sentence(text: str) -> str:
    """What others begin small and leave without a full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""
