"""The classes a label can name, and how they are spelled in JSON and in running text."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Protocol

import msgspec

from reward_server.grading.extract import as_text
from rubrics.completion import allowed
from rubrics.layout import Scalar
from rubrics.layout import Vocabulary as Declared
from rubrics.rollout import Json

Labels = Mapping[str, Sequence[Scalar]]
"""Class -> its accepted spellings."""


Key = Hashable
"""A scalar paired with whether it is a boolean, which keeps JSON's types apart: `true` is not 1, 1.0 is 1."""


class Vocabulary(Protocol):
    """What values stand for. Two values name the same class where they stand for equal things."""

    def said(self, value: Json) -> Hashable | None:
        """The class that a value in an answer names; None where it names none."""

    def meant(self, value: Json) -> Hashable | None:
        """The class that a value in the ground truth names; None where it names none."""


class Closed(msgspec.Struct, frozen=True):
    """Classes with their spellings, compared exactly and by JSON type."""

    spellings: Mapping[Key, str]
    names: Mapping[Key, str]

    def said(self, value: Json) -> Hashable | None:
        try:
            return self.spellings.get((isinstance(value, bool), value))
        except TypeError:  # a list or an object
            return None

    def meant(self, value: Json) -> Hashable | None:
        try:
            return self.names.get((isinstance(value, bool), value))
        except TypeError:
            return None


class Open(msgspec.Struct, frozen=True):
    """Any scalar of a declared type; each value is a class of its own."""

    declared: Declared

    def said(self, value: Json) -> Hashable | None:
        is_scalar = isinstance(value, bool | int | float | str)
        return typed(value) if is_scalar and allowed(value, self.declared) else None

    def meant(self, value: Json) -> Hashable | None:
        return self.said(value)


def typed(value: Json) -> Key:
    """A scalar as a key."""
    return isinstance(value, bool), value


def of_labels(labels: Labels) -> Closed:
    """The vocabulary of declared labels. Ground truths may use a class's name, too. Raises ValueError."""
    return Closed(_spelled(labels, typed), _spelled({name: [name, *labels[name]] for name in labels}, typed))


def of_key(declared: Declared | None) -> Vocabulary:
    """The vocabulary of a key of the layout; any scalar where it declares none."""
    if isinstance(declared, list):
        values: dict[Key, str] = {typed(value): msgspec.json.encode(value).decode() for value in declared}
        return Closed(values, values)
    return Open(declared or "any")


class Wording:
    """The spellings of classes in running text: whole words or phrases, in any case."""

    def __init__(self, labels: Labels) -> None:
        """Raise ValueError where two classes share a spelling."""
        self._classes = _spelled(labels, _folded)
        self._names = _spelled({name: [name, *labels[name]] for name in labels}, _folded)
        longest_first = sorted(map(re.escape, map(str, self._classes)), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!{_LETTER})(?:{'|'.join(longest_first)})(?!{_LETTER})")

    def named(self, text: str) -> set[str]:
        """The classes that a text names: two at most, then it stops looking. Linear in the text."""
        found: set[str] = set()
        for spelling in self._pattern.finditer(_folded(text)):
            found.add(self._classes[spelling.group()])
            if len(found) > 1:
                break
        return found

    def meant(self, value: Json) -> str | None:
        """The class that a value in the ground truth names; None where it names none."""
        return self._names.get(_folded(value)) if isinstance(value, bool | int | float | str) else None


_LETTER = r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
"""A letter, digit or underscore of a script that puts spaces between words."""


def _folded(value: Json) -> str:
    return " ".join((as_text(value) or "").casefold().split())


def _spelled(labels: Labels, key: Callable[[Json], Key]) -> Mapping[Key, str]:
    classes: dict[Key, str] = {}
    for name, spellings in labels.items():
        for spelling in spellings:
            other = classes.setdefault(key(spelling), name)
            if other != name:
                raise ValueError(f"`{as_text(spelling)}` is a spelling of both `{other}` and `{name}`")
    return classes
