"""A completion in its parts, with what judges quoted from it."""

from collections.abc import Iterator, Sequence

from reward_server.dashboard.parts.text import Stretch, clipped, written
from reward_server.dashboard.rollout.anatomy import Anatomy, Part
from reward_server.dashboard.rollout.quotes import Quote, stretches
from reward_server.report.markup import Markup, element
from reward_server.report.words import number
from rubrics.text_length import count_words

_TITLES = {"reasoning": "Reasoning", "answer": "Answer", "outside": "Outside of both"}
_FAULTS = "docs/completion-layout.md"


def completion(found: Anatomy, quoted: Sequence[Quote], more: str | None) -> Iterator[Markup]:
    """The parts in their order. `more` links to the page with all of a long text."""
    if found.faults:
        names = [element("code", fault) for fault in found.faults]
        told = [piece for name in names for piece in (name, " ")]
        yield element("p", "Faults of its layout: ", *told, class_="note")
    for part in found.parts or [Part("answer", 0, 0)]:
        yield from _part(found.text, part, stretches(quoted), more)
    for quote in quoted:
        if not quote.places:
            yield _made_up(quote)


def _part(text: str, part: Part, marks: Sequence[Stretch], more: str | None) -> Iterator[Markup]:
    own = text[part.start : part.end]
    size = f" {number(count_words(own))} words, {number(len(own))} characters"
    yield element("h3", _TITLES[part.kind], element("small", size), class_=part.kind)
    yield from clipped(own, more, _within(marks, part))


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
        element("q", written(quote.text[:600])),
        class_="note bad",
    )
