"""Texts with variables: `{{ item.answer }}`, `{{ sample.output_json.steps[0].text }}`.

A template is taken apart once, before any value is known, and values are put in between its pieces. So a
value that looks like a variable is text like any other.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal, get_args

import msgspec

from reward_server.wire.status import RequestError
from rubrics.problems import did_you_mean

Namespace = Literal["item", "sample"]
Step = str | int

LONGEST = 256
"""Characters of a variable's name."""
LONGEST_TEXT = 2**24
"""Characters of a text with its values: one that names a long value often would fill the memory."""
_NAME = re.compile(r"(\w+)((?:\.[\w-]+|\[\d{1,9}\]|\['[^']*'\]|\[\"[^\"]*\"\])*)")
_STEP = re.compile(r"\.([\w-]+)|\[(\d{1,9})\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
_OF_SAMPLE = ("output_text", "output_json")


class TooLong(Exception):
    """The values make a text that is longer than anything here reads."""


class Variable(msgspec.Struct, frozen=True):
    """A value to be filled in."""

    namespace: Namespace
    path: tuple[Step, ...]
    name: str
    """As the author wrote it."""


class Template(msgspec.Struct, frozen=True):
    """A text with its variables, in order."""

    pieces: tuple[str | Variable, ...]

    def fill(self, value: Callable[[Variable], str], said: Callable[[str], str] = str) -> str:
        """The text with each variable's value; `said` is done to what the author wrote. Raises TooLong."""
        texts, length = [], 0
        for piece in self.pieces:
            texts.append(value(piece) if isinstance(piece, Variable) else said(piece))
            length += len(texts[-1])
            if length > LONGEST_TEXT:
                raise TooLong(f"a text of more than {LONGEST_TEXT:,} characters")
        return "".join(texts)


def parse(text: str, path: str) -> Template:
    """Take a text apart. Linear. Raises RequestError at `path` for what is not a variable."""
    return Template(tuple(piece for piece in _pieces(text, path) if piece != ""))


def _pieces(text: str, path: str) -> Iterator[str | Variable]:
    first, *rest = text.split("{{")
    yield first
    for part in rest:
        name, closed, literal = part.partition("}}")
        if not closed:
            raise _mistake("`{{` without `}}`", path, "write {{ item.NAME }} or {{ sample.output_text }}")
        yield _variable(name.strip(), path)
        yield literal


def _variable(name: str, path: str) -> Variable:
    found = _NAME.fullmatch(name) if len(name) <= LONGEST else None
    if found is None:
        hint = "write {{ item.NAME }}, {{ sample.output_text }} or {{ sample.output_json.NAME }}"
        raise _mistake(f"{name[:40]!a} is not a variable", path, hint)
    namespace, steps = found.group(1), tuple(map(_step, _STEP.finditer(found.group(2))))
    if namespace not in get_args(Namespace):
        hint = "a variable begins with `item.` (the dataset's row) or `sample.` (the policy's output)"
        raise _mistake(f"there is no namespace {namespace[:40]!a}", path, hint)
    if namespace == "sample":
        _check_sample(steps, path)
    return Variable(namespace, steps, name)  # type: ignore[arg-type]  # it is one of get_args


def _step(found: re.Match[str]) -> Step:
    key, index, quoted, double = found.groups()
    return int(index) if index is not None else next(s for s in (key, quoted, double) if s is not None)


def _check_sample(steps: tuple[Step, ...], path: str) -> None:
    head = str(steps[0]) if steps else ""
    if head not in _OF_SAMPLE:
        hint = did_you_mean(head, _OF_SAMPLE) or "there are `sample.output_text` and `sample.output_json`"
        raise _mistake(f"a sample has no {head[:40]!a} here", path, hint)
    if head == "output_text" and len(steps) > 1:
        raise _mistake("`sample.output_text` is text", path, "what is inside JSON: `sample.output_json.NAME`")


def _mistake(message: str, path: str, hint: str | None) -> RequestError:
    return RequestError("invalid_field", message, path=path, hint=hint)
