"""A completion's parts where they stand in it: reasoning, answer, and what is outside of both."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from pydantic import ValidationError

from reward_server.dashboard.parts.text import sound
from reward_server.store.entry import Description
from rubrics.completion import Completion
from rubrics.document import parse
from rubrics.layout import PLAIN, Layout
from rubrics.problems import ConfigError
from rubrics.text_length import count_words

Kind = Literal["reasoning", "answer", "outside"]


class Part(msgspec.Struct, frozen=True):
    """One part. All parts of a completion, joined, are the completion."""

    kind: Kind
    start: int
    end: int
    """Both in characters of the completion, whose line ends are `\\n`."""
    words: int
    """Tags aside."""


class Anatomy(msgspec.Struct, frozen=True, kw_only=True):
    """A completion, taken apart."""

    text: str
    """With one kind of line end."""
    parts: Sequence[Part]
    faults: Sequence[str]
    """What is wrong with its layout, by the names of docs/completion-layout.md."""


def layout_of(description: Description) -> Layout:
    """The layout that a reward file declared, out of its text; a plain one where that does not tell."""
    try:
        data = parse(description.source).data
        return Layout.model_validate(data.get("completion") or {}) if isinstance(data, dict) else PLAIN
    except (ConfigError, ValidationError):
        return PLAIN


def anatomy(text: str, layout: Layout) -> Anatomy:
    """Take a completion apart. Linear; never raises."""
    text = sound(text)
    completion = Completion(text, layout)
    parts = list(_parts(text, completion))
    return Anatomy(text=text, parts=parts, faults=[str(fault) for fault in completion.faults])


def _parts(text: str, completion: Completion) -> Iterator[Part]:
    start, end = _reasoning(text, completion)
    if start < end:
        end += _blank(text[end:])
        yield from _outside(text, 0, start)
        yield Part("reasoning", start, end, count_words(completion.reasoning or ""))
    answer = (completion.answer or "").strip()
    at = text.find(answer, end) if answer else -1
    if at < 0:
        yield from _outside(text, end, len(text))
        return
    yield from _outside(text, end, at)
    stop = at + len(answer)
    stop += _blank(text[stop:])
    yield Part("answer", at, stop, count_words(answer))
    yield from _outside(text, stop, len(text))


def _reasoning(text: str, completion: Completion) -> tuple[int, int]:
    """Where the reasoning stands with its tags; nowhere (0, 0) where there is none."""
    spec = completion.layout.reasoning
    if spec is None or completion.reasoning is None:
        return 0, 0
    opened = text.find(spec.opening)
    closed = text.find(spec.closing, max(opened, 0))
    if opened >= 0 and opened + len(spec.opening) + len(completion.reasoning) == closed:
        return opened, closed + len(spec.closing)
    return 0, len(completion.reasoning) + len(spec.closing)


def _outside(text: str, start: int, end: int) -> Iterator[Part]:
    if start < end:
        yield Part("outside", start, end, count_words(text[start:end]))


def _blank(text: str) -> int:
    """Characters of white space that it begins with."""
    return len(text) - len(text.lstrip())
