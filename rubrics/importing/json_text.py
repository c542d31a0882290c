"""JSON with the place of each value: one document, or one after another as in JSON Lines.

YAML cannot stand in for it: it reads the two halves of an escaped emoji as two characters.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Never

from rubrics.document import Document
from rubrics.problems import ConfigError, Problem
from rubrics.rollout import Json
from rubrics.strict_yaml import MAX_DEPTH, Path, Span

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}


def read_json(text: str, name: str) -> Iterator[Document]:
    """Each value of a text as a document whose places are those in the whole text. Raises ConfigError."""
    reader = _Reader(text, name)
    while not reader.at_end():
        yield reader.document()


class _Reader:
    """One text on its way to documents."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._at = 0
        self._keys: dict[Path, Span] = {}
        self._values: dict[Path, Span] = {}

    def at_end(self) -> bool:
        return not self._next()

    def document(self) -> Document:
        self._keys, self._values = {}, {}
        data = self._value(())
        return Document(self._name, self._text, data, self._keys, self._values)

    def _next(self) -> str:
        """The next character that is not white space; empty at the end."""
        space = _SPACE.match(self._text, self._at)
        self._at = self._at if space is None else space.end()
        return self._text[self._at : self._at + 1]

    def _value(self, path: Path) -> Json:
        first, start = self._next(), self._at
        if len(path) >= MAX_DEPTH:
            self._refuse(f"nested more than {MAX_DEPTH} deep")
        read = {"{": self._object, "[": self._array, '"': self._string}.get(first, self._plain)
        value = read(path)
        self._values[path] = (start, self._at)
        return value

    def _object(self, path: Path) -> dict[str, Json]:
        members: dict[str, Json] = {}
        for _ in self._items("}"):
            if self._next() != '"':
                self._refuse("a key in double quotes is expected here")
            start = self._at
            key = self._string(path)
            if key in members:
                self._refuse(
                    f"the key `{ascii(key)[1:-1][:60]}` stands here twice", "remove one of them", start
                )
            self._keys[*path, key] = (start, self._at)
            self._expect(":")
            members[key] = self._value((*path, key))
        return members

    def _array(self, path: Path) -> list[Json]:
        items: list[Json] = []
        for _ in self._items("]"):
            items.append(self._value((*path, len(items))))
        return items

    def _items(self, close: str) -> Iterator[None]:
        """Step through what stands between brackets; whoever iterates reads each item."""
        self._at += 1
        if self._next() == close:
            self._at += 1
            return
        while True:
            yield
            if self._next() == close:
                self._at += 1
                return
            self._expect(",", f" or {close}")

    def _expect(self, character: str, otherwise: str = "") -> None:
        if self._next() != character:
            self._refuse(f"{character}{otherwise} is expected here")
        self._at += 1

    def _string(self, _path: Path) -> str:
        found = _STRING.match(self._text, self._at)
        if found is None:
            self._refuse("this text has no end on its line", "close the quotes; write a line break as \\n")
        try:
            value = str(json.loads(found[0]))
        except json.JSONDecodeError as error:
            self._refuse("this escape is not JSON", None, self._at + error.pos)
        if _SURROGATE.search(value):
            self._refuse("this holds half a character (a lone surrogate)", "write the character itself")
        self._at = found.end()
        return value

    def _plain(self, _path: Path) -> Json:
        number = _NUMBER.match(self._text, self._at)
        if number is not None:
            value = self._number(number)
            self._at = number.end()
            return value
        word = _WORD.match(self._text, self._at)
        if word is None or word[0] not in _WORDS:
            self._refuse("a value is expected here", "text stands in double quotes")
        self._at = word.end()
        return _WORDS[word[0]]

    def _number(self, found: re.Match[str]) -> Json:
        value = float(found[0])
        if not math.isfinite(value):
            self._refuse(f"{found[0][:40]} is not a number that can be used")
        return value if found[1] or found[2] else int(found[0])

    def _refuse(self, message: str, hint: str | None = None, start: int | None = None) -> Never:
        start = self._at if start is None else start
        place = Document(self._name, self._text, None, {}, {(): (start, start + 1)})
        raise ConfigError([Problem(message=f"not JSON: {message}", document=place, hint=hint)])
