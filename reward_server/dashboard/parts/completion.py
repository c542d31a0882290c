"""A completion in its parts, with what judges quoted from it."""

from collections.abc import Iterator, Sequence

from reward_server.dashboard.parts.numbers import counted
from reward_server.dashboard.parts.text import CLIP, Stretch, beginning, clipped
from reward_server.dashboard.rollout.anatomy import Anatomy, Part
from reward_server.dashboard.rollout.quotes import Quote, stretches
from reward_server.report.markup import Markup, element

_TITLES = {"reasoning": "Reasoning", "answer": "Answer", "outside": "Outside of both"}


def completion(found: Anatomy, quoted: Sequence[Quote], more: str | None) -> Iterator[Markup]:
    """A completion with its faults, and the quotations that were made up."""
    if found.faults:
        told = [piece for fault in found.faults for piece in (element("code", fault), " ")]
        yield element("p", "Faults of its layout: ", *told, class_="note")
    yield from parts(found, stretches(quoted), more)
    for quote in quoted:
        if not quote.places:
            yield _made_up(quote)


def parts(
    found: Anatomy, marks: Sequence[Stretch], more: str | None, *, most: int = CLIP
) -> Iterator[Markup]:
    """The parts in their order. `more` links to the page with all of a long text."""
    for part in found.parts or [Part("answer", 0, 0, 0)]:
        own = found.text[part.start : part.end]
        size = f"{counted(part.words, 'word')}, {counted(len(own), 'character')}"
        yield element("h4", _TITLES[part.kind], element("small", f" {size}"), class_=part.kind)
        yield from clipped(own, more, _within(marks, part), most=most)


def _within(marks: Sequence[Stretch], part: Part) -> list[Stretch]:
    """The marks of a part, counted from where it starts."""
    moved = (
        mark._replace(
            start=max(mark.start, part.start) - part.start, end=min(mark.end, part.end) - part.start
        )
        for mark in marks
    )
    return [mark for mark in moved if mark.start < mark.end]


def _made_up(quote: Quote) -> Markup:
    return element(
        "p",
        element("strong", "Made up: "),
        "quoted for ",
        element("code", quote.criterion),
        " and not found in the completion: ",
        element("q", beginning(quote.text)),
        class_="note bad",
    )
