"""Strict YAML 1.2: text to plain data, with the place of each value and every mistake found on the way.

Duplicate keys, tags, anchors, aliases (which can blow up exponentially), directives and a second document
are mistakes. A merge key is a key like any other.
"""

import math
import re
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from rubrics.core_schema import plain
from rubrics.problems import Step
from rubrics.rollout import Json

MAX_DEPTH = 100

Path = tuple[Step, ...]
Span = tuple[int, int]
"""Where something starts in the text, and where it has ended; in characters."""
Finding = tuple[Span, str, str | None]
"""Where, what, and what to do."""

_DIRECTIVE_OR_BLANK = re.compile(r"(%.*|[ \t]*(?:#.*)?)(?:\r\n|\r|\n)")
_END = re.compile(r"(?:\.\.\.|[ \t]*(?:#.*)?(?:\r\n|\r|\n|\Z))*")
"""Blank lines, comments and marks of the end."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST = 2**63 - 1


class _UnreadableError(Exception):
    """The rest of the text makes no sense."""


class Reader:
    """One text on its way to data."""

    def __init__(self, text: str) -> None:
        self.findings: list[Finding] = []
        self.keys: dict[Path, Span] = {}
        self.values: dict[Path, Span] = {}
        self._text = text
        self._events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)

    def read(self) -> Json:
        """The document's data; None where there is none. Mistakes are left in `findings`."""
        self._refuse_directives()
        try:
            return None if self.findings else self._document()
        except MarkedYAMLError as error:
            self.findings.append(_syntax(error))
        except YAMLError as error:
            self.findings.append(_unprintable(error))
        except _UnreadableError:
            pass
        return None

    def _refuse_directives(self) -> None:
        """Look before the parser does: it would read the rest by another version's rules."""
        position = 0
        while line := _DIRECTIVE_OR_BLANK.match(self._text, position):
            position = line.end()
            if line[1].startswith("%") and line[1].split() != ["%YAML", "1.2"]:
                hint = "remove it: this is YAML 1.2"
                self.findings.append((line.span(1), "directives are not allowed", hint))

    def _document(self) -> Json:
        data: Json = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                data = self._node(next(self._events), ())
            elif isinstance(event, DocumentEndEvent):
                self._refuse_more(event.end_mark.index)
                break
        return data

    def _refuse_more(self, position: int) -> None:
        end = _END.match(self._text, position)
        start = end.end() if end is not None else position
        if self._text.startswith("---", start):
            hint = "keep one document in a file"
            self.findings.append(((start, start + 3), "a second document starts here", hint))
        elif start < len(self._text):
            self.findings.append(((start, start + 1), "the document has ended before this", None))

    def _node(self, event: Event, path: Path) -> Json:
        self._refuse_extras(event)
        self.values[path] = _span(event)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, path)
        return self._scalar(event) if isinstance(event, ScalarEvent) else None

    def _refuse_extras(self, event: Event) -> None:
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self._find(event, "anchors and aliases are not allowed", "write the value out where it is used")
        elif isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            self._find(event, f"the tag {_short(event.tag)} is not allowed", "remove it")

    def _sequence(self, start: SequenceStartEvent, path: Path) -> list[Json]:
        self._check_depth(start, path)
        items: list[Json] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                self._close(start, event, path)
                break
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, start: MappingStartEvent, path: Path) -> dict[str, Json]:
        self._check_depth(start, path)
        members: dict[str, Json] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                self._close(start, event, path)
                break
            key = self._key(event)
            if key in members:
                line = self._text.count("\n", 0, self.keys[*path, key][0]) + 1
                hint = f"remove this one, or the one on line {line}: only one of them can be meant"
                self._find(event, f"the key `{key[:60]}` stands here twice", hint)
            self.keys[*path, key] = _span(event)
            members[key] = self._node(next(self._events), (*path, key))
        return members

    def _key(self, event: Event) -> str:
        if not isinstance(event, ScalarEvent):
            self._find(event, "a key must be plain text", None)
            raise _UnreadableError
        self._refuse_extras(event)
        if not event.value:
            self._find(event, "a key is missing before this colon", None)
        return self._text_of(event)

    def _scalar(self, event: ScalarEvent) -> Json:
        if event.style is not None or not event.implicit[0]:
            return self._text_of(event)
        value = plain(event.value)
        too_large = isinstance(value, int) and not -_LARGEST <= value <= _LARGEST
        if too_large or (isinstance(value, float) and not math.isfinite(value)):
            self._find(event, f"{event.value[:40]} is not a number that can be used", None)
        return value

    def _text_of(self, event: ScalarEvent) -> str:
        if _SURROGATE.search(event.value):
            self._find(event, "this holds half a character (a lone surrogate)", "write the character itself")
        return str(event.value)

    def _close(self, start: CollectionStartEvent, end: Event, path: Path) -> None:
        """Widen the span of a flow collection to its end."""
        if start.flow_style:
            self.values[path] = (start.start_mark.index, end.end_mark.index)

    def _check_depth(self, event: Event, path: Path) -> None:
        if len(path) >= MAX_DEPTH:
            self._find(event, f"nested more than {MAX_DEPTH} deep", None)
            raise _UnreadableError

    def _find(self, event: Event, message: str, hint: str | None) -> None:
        self.findings.append((_span(event), message, hint))


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _span(event: Event) -> Span:
    return event.start_mark.index, event.end_mark.index


_HINTS = {
    "found character '\\t'": "indent with spaces, not tabs",
    "that cannot start any token": "put the value in quotes",
    "mapping values are not allowed here": "put a value that holds a colon and a space in quotes",
}


_MISPLACED = {
    "found '<block sequence start>'": (
        "a list item cannot stand here",
        "move it below the key whose list it belongs to, indented like that list's other items",
    ),
    "found '<block mapping start>'": (
        "a key cannot stand here",
        "indent it like the keys that it belongs with",
    ),
    "found '<scalar>'": ("there is more text after the end of a quotation", "put the whole value in quotes"),
    "found ','": ("there is more text after the end of a quotation", "put the whole value in quotes"),
}
"""What the parser finds in place of a block's end, in the words of whoever wrote the file."""


def _misplaced(error: MarkedYAMLError) -> tuple[str, str] | None:
    if "expected <block end>" not in (error.problem or ""):
        return None
    return next((said for part, said in _MISPLACED.items() if part in (error.problem or "")), None)


def _syntax(error: MarkedYAMLError) -> Finding:
    misplaced = _misplaced(error)
    if misplaced is not None and error.problem_mark is not None:
        return (error.problem_mark.index, error.problem_mark.index + 1), *misplaced
    message = error.problem or "this is not YAML"
    cut_off = error.context_mark is not None and "end of stream" in message
    mark = error.context_mark if cut_off else error.problem_mark or error.context_mark
    start = mark.index if mark is not None else 0
    hint = next((hint for part, hint in _HINTS.items() if part in message), None)
    if error.context_mark is not None and "flow" in (error.context or ""):
        hint = f"is the bracket closed that opens on line {error.context_mark.line + 1}?"
    return (start, start + 1), f"{message} {error.context or ''}".strip(), hint


def _unprintable(error: YAMLError) -> Finding:
    start = getattr(error, "position", 0)
    code = getattr(error, "character", 0)
    return (start, start + 1), f"the control character U+{code:04X} is not allowed", "remove it"
