"""A rollout in a mailed report: what was written, in short, and where its reward comes from."""

from collections.abc import Iterator, Sequence

from reward_server.dashboard.parts.completion import parts
from reward_server.dashboard.parts.text import NOWHERE
from reward_server.dashboard.parts.verdicts import components, verdicts, why
from reward_server.dashboard.rollout.quotes import stretches
from reward_server.dashboard.rollout.seen import Seen
from reward_server.report.markup import Markup, element, visible

LONGEST = 1_500
"""Characters of each part of a completion."""


def brief(found: Seen, reasons: Sequence[str]) -> Markup:
    """One rollout, and what it is an example of."""
    return element("article", *_pieces(found, reasons), class_="brief", id=anchor(found.stored.number))


def anchor(number: int) -> str:
    """Where a rollout stands in the file."""
    return f"rollout-{number}"


def _pieces(found: Seen, reasons: Sequence[str]) -> Iterator[Markup]:
    stored = found.stored
    place = f" step {stored.step:,}, group {visible(stored.group, 40)}"
    yield element("h3", f"Rollout {stored.number:,}", element("small", place))
    yield element("p", "; ".join(visible(each) for each in reasons), class_="small")
    yield why(stored.content.result)
    if found.anatomy is None:
        yield element("p", "Its texts were not kept.", class_="small")
    else:
        yield from parts(found.anatomy, stretches(found.quotes), NOWHERE, most=LONGEST)
    yield element("details", element("summary", "Components and verdicts"), *_tables(found))


def _tables(found: Seen) -> Iterator[Markup]:
    result = found.stored.content.result
    yield components(result)
    if result.verdicts:
        made_up = {quote.criterion for quote in found.quotes if not quote.places}
        yield verdicts(result.verdicts, found.statements, made_up)
