"""What a rubric asks of its judge, and how a rule points at the words it is about."""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

import msgspec

from rubrics.criteria.criterion import Criterion
from rubrics.document import VALUE, Document, narrowed
from rubrics.problems import Problem, Step
from rubrics.rubric import Rubric

Span = tuple[int, int]
"""Start and end in a text, in characters."""

LONGEST = 2_000
"""Characters of a statement that are read: the rules are for sentences, not for books."""

_QUOTED = re.compile(
    "\"[^\"]*\"|`[^`]*`|(?<!\\w)'[^']*'(?!\\w)|\u201c[^\u201d]*\u201d|(?<!\\w)\u2018[^\u2019]*\u2019(?!\\w)"
)


class Statement(msgspec.Struct, frozen=True, dict=True):
    """One `ask` of a rubric."""

    index: int
    criterion: Criterion

    @property
    def text(self) -> str:
        """The words as the author wrote them."""
        assert self.criterion.ask is not None
        return self.criterion.ask

    @cached_property
    def own_words(self) -> str:
        """The text with every quotation made one long word: what is quoted is not what is asked."""
        return _QUOTED.sub(lambda found: "_" * len(found[0]), self.text[:LONGEST])

    @property
    def rewarded(self) -> bool:
        """Whether it pays that the statement holds, or a higher level, for every sample alike."""
        return self.criterion.weight > 0 and self.criterion.expect == "met"

    def problem(self, document: Document, span: Span, code: str, message: str, hint: str) -> Problem:
        """A warning that points at the words in `span` of the text."""
        path = ("criteria", self.index, "ask")
        place = _span_in_file(document, path, self.text, span)
        if place is None:
            return warning(document, (*path, VALUE), code, message, hint)
        return warning(narrowed(document.origin(path)[0], place), (), code, message, hint)


def statements(rubric: Rubric) -> Iterator[Statement]:
    """The statements and questions for the judge, in file order."""
    for index, criterion in enumerate(rubric.criteria):
        if criterion.ask is not None:
            yield Statement(index, criterion)


def warning(document: Document, path: tuple[Step, ...], code: str, message: str, hint: str) -> Problem:
    """A finding that may be meant."""
    return Problem(message=message, document=document, path=path, hint=hint, code=code, severity="warning")


def _span_in_file(document: Document, path: tuple[Step, ...], text: str, span: Span) -> Span | None:
    """Where the words stand in the file; None where YAML spells them otherwise, as escapes do."""
    source, place = document.origin(path)
    start, end = source.values.get(place, (0, 0))
    words = re.compile(r"\s+".join(map(re.escape, text[slice(*span)].split())))
    earlier = sum(found.start() < span[0] for found in words.finditer(text))
    found = next(islice(words.finditer(source.text, start, end), earlier, None), None)
    return None if found is None else found.span()


def quoted(text: str, span: Span) -> str:
    """Words of a text for a message, on one line and in quotation marks."""
    return f'"{" ".join(text[slice(*span)].split())}"'
