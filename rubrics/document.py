"""A YAML file as plain data that remembers where in the file each value stands."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from rubrics.confinement import Confinement
from rubrics.excerpt import Mark, excerpt
from rubrics.nearby import nearby
from rubrics.problems import ConfigError, Problem, Step
from rubrics.rollout import Json
from rubrics.strict_yaml import Path as Steps
from rubrics.strict_yaml import Reader, Span

MAX_BYTES = 8 * 2**20

VALUE = "\0value"
"""A last path step that means the value itself rather than its key."""

_LINE_END = re.compile(r"\r\n|\r|\n")


class Document(msgspec.Struct, frozen=True, dict=True):
    """A YAML file as plain data, with the position of each value."""

    name: str
    text: str
    data: Json
    keys: Mapping[Steps, Span] = {}
    values: Mapping[Steps, Span] = {}
    directory: Path = Path()
    """Relative paths in the document start here."""
    included_from: tuple[str, ...] = ()
    """Where it was included, as `file:line:column`, and where that file was, outwards."""
    confinement: Confinement | None = None
    """What it may name, where it came in a request; None for a file of this machine: anything."""

    def origin(self, path: Sequence[Step]) -> tuple["Document", Steps]:
        """The file that `path` was written in, and its path there: another one where it was included."""
        return self, tuple(path)

    def has(self, path: Sequence[Step]) -> bool:
        """Whether something stands at exactly this path."""
        return tuple(path) in self.values

    def mark(self, path: Sequence[Step]) -> Mark:
        """Where `path` stands, or its nearest ancestor that does: its key, or with `VALUE` its value."""
        start, end = self._span(tuple(path))
        line = bisect_right(self._line_starts, start)
        column = start - self._line_starts[line - 1]
        return Mark(line, column + 1, max(1, min(end - start, len(self._line(line)) - column)))

    def _span(self, path: Steps) -> Span:
        at_value = path[-1:] == (VALUE,)
        while path and path not in self.values:
            at_value = at_value and path[-1] == VALUE
            path = path[:-1]
        start, end = self.values.get(path, (0, 0))
        return (start, end) if at_value and start < end else self.keys.get(path, (start, end))

    def value(self, path: Sequence[Step]) -> Json:
        """The data at `path`, which must exist."""
        found = self.data
        for step in path:
            found = found[step]  # type: ignore[index]
        return found

    def locate(self, name: str) -> Path:
        """Where a file is that the document names. Raises ConfigError where it must not be read."""
        if self.confinement is None:
            return self.directory / name
        return self.confinement.locate(self.directory, name)

    def open(self, name: str, included_from: tuple[str, ...] = ()) -> "Document":
        """The YAML file that the document names, held to what this one may name. Raises ConfigError."""
        if self.confinement is None:
            return load(self.directory / name, included_from)
        written, path = self.directory / name, self.locate(name)
        shown, held = self.confinement.shown(written), self.confinement.texts
        text = held[path] if path in held else _read(path, shown)
        return msgspec.structs.replace(
            parse(text, shown, written.parent, included_from), confinement=self.confinement
        )

    def excerpt(self, path: Sequence[Step]) -> list[str]:
        """The source line of `path` with a caret line below it."""
        mark = self.mark(path)
        return excerpt(self._line(mark.line), mark.line, mark.column, mark.length)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    def _line(self, number: int) -> str:
        starts = self._line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


def load(path: str | Path, included_from: tuple[str, ...] = ()) -> Document:
    """Read a YAML file. Raises ConfigError when it cannot be read or is not strict YAML."""
    path = Path(path)
    return parse(_read(path, str(path)), str(path), path.parent, included_from)


def _read(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        hint = nearby(path) if isinstance(error, FileNotFoundError) else None
        raise ConfigError(f"cannot read {name}: {reason}", hint=hint) from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{name} is too large: a configuration file may have {MAX_BYTES:,} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"{name}:{line}: not UTF-8 (byte {error.start})"
        raise ConfigError(message, hint="save it as UTF-8") from error


def parse(
    text: str, name: str = "<text>", directory: Path = Path(), included_from: tuple[str, ...] = ()
) -> Document:
    """Parse YAML text. Raises ConfigError with line and column."""
    reader = Reader(text)
    data = reader.read()
    if reader.findings:
        source = Document(name, text, None, directory=directory, included_from=included_from)
        raise ConfigError([_problem(source, *finding) for finding in reader.findings])
    return Document(name, text, data, reader.keys, reader.values, directory, included_from)


def narrowed(document: Document, span: Span) -> Document:
    """The file as if `span` of its text were all there is: its empty path points there."""
    return msgspec.structs.replace(document, data=None, keys={}, values={(): span})


def _problem(source: Document, span: Span, message: str, hint: str | None) -> Problem:
    return Problem(message=message, document=narrowed(source, span), hint=hint)
