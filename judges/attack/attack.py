"""One manipulation: a pure function of the text that the judge would have read."""

from collections.abc import Callable
from random import Random
from typing import Literal, get_args

import msgspec

Kind = Literal[
    "empty",
    "punctuation",
    "opener",
    "foreign",
    "null_model",
    "injected_verdict",
    "closing_fence",
    "special_tokens",
    "padding",
    "disavowal",
]
"""What an attack tries. docs/rubric-attack.md says what each stands for, and where it comes from."""

KINDS: tuple[Kind, ...] = get_args(Kind)

Made = Callable[[str, Random], str]
"""A clean text, and chance that depends on the seed alone -> the text under attack. Linear."""


class Attack(msgspec.Struct, frozen=True):
    """A manipulation of one kind."""

    kind: Kind
    text: str
    """What is put in, for reports."""
    twin: bool
    """Whether it is added to a real sample, whose verdicts should then stay as they were. Otherwise it takes
    the sample's place and has no content, so that no statement about what a text does should be found met."""
    made: Made


def alone(kind: Kind, text: str) -> Attack:
    """An attack that takes the sample's place."""
    return Attack(kind, text, False, lambda _, __: text)


def appended(kind: Kind, text: str) -> Attack:
    """An attack at the end of a sample."""
    return Attack(kind, text, True, lambda clean, _: f"{clean}\n\n{text}")


def throughout(kind: Kind, text: str) -> Attack:
    """An attack at the beginning of a sample, between two of its sentences, and at its end."""

    def made(clean: str, random: Random) -> str:
        first, second = _parted(clean, random.randrange(len(clean) + 1))
        return f"{text}\n\n{first}\n\n{text}\n\n{second}\n\n{text}"

    return Attack(kind, text, True, made)


def _parted(text: str, at: int) -> tuple[str, str]:
    """The text up to the first end of a sentence or line from `at` on, and the rest, which may be nothing."""
    ends = [place + 1 for mark in (". ", "\n") if (place := text.find(mark, at)) >= 0]
    end = min(ends, default=len(text))
    return text[:end], text[end:]
