"""A value with the places it was written in: what documents are taken apart into, and put together from."""

from collections.abc import Mapping, Sequence

import msgspec

from rubrics.document import Document
from rubrics.problems import Step
from rubrics.rollout import Json
from rubrics.strict_yaml import Path as Steps

Place = tuple[Document, Steps]
"""A file, and a path in it."""


class Piece(msgspec.Struct, frozen=True):
    """Data, and the place of it and of those of its parts that stand elsewhere, by path within it."""

    data: Json
    origins: Mapping[Steps, Place]

    @property
    def place(self) -> Place:
        """Where the whole stands."""
        return self.origins[()]


def piece(document: Document, *path: Step) -> Piece:
    """What stands at `path` of a document."""
    return Piece(document.value(path), {(): (document, path)})


def members(whole: Piece) -> dict[str, Piece]:
    """The values of a mapping, by key; empty for anything else."""
    return {key: _part(whole, key) for key in whole.data} if isinstance(whole.data, dict) else {}


def items(whole: Piece) -> list[Piece]:
    """The values of a list; empty for anything else."""
    return [_part(whole, index) for index in range(len(whole.data))] if isinstance(whole.data, list) else []


def mapping(parts: Mapping[str, Piece], place: Place) -> Piece:
    """A mapping of pieces; what is missing in it is told at `place`."""
    return Piece({key: part.data for key, part in parts.items()}, {(): place, **_below(parts)})


def sequence(parts: Sequence[Piece], place: Place) -> Piece:
    """A list of pieces; what is missing in it is told at `place`."""
    return Piece([part.data for part in parts], {(): place, **_below(dict(enumerate(parts)))})


def _below(parts: Mapping[str, Piece] | Mapping[int, Piece]) -> dict[Steps, Place]:
    return {(step, *path): place for step, part in parts.items() for path, place in part.origins.items()}


def _part(whole: Piece, step: Step) -> Piece:
    document, path = whole.place
    origins = {place[1:]: found for place, found in whole.origins.items() if place[:1] == (step,)}
    data = whole.data[step]  # type: ignore[index]
    return Piece(data, {(): (document, (*path, step)), **origins})
