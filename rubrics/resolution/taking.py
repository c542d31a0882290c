"""What a `use` takes over from the rubric it names."""

from collections.abc import Iterator, Sequence

import msgspec

from rubrics.criteria.criterion import KINDS
from rubrics.document import VALUE, Document
from rubrics.problems import ConfigError, Problem, did_you_mean
from rubrics.resolution.merging import id_of, overridden
from rubrics.resolution.opening import problem_at
from rubrics.resolution.piece import Piece, items, members, piece
from rubrics.resolution.reference import Reference
from rubrics.strict_yaml import Path as Steps


class Taken(msgspec.Struct, frozen=True):
    """The criteria that stand for one entry of `criteria`: itself, or those its `use` names."""

    path: Steps
    """The entry in the including file."""
    criteria: Sequence[Piece]
    source: Document | None = None
    """The rubric that `use` names."""


def beside(document: Document, path: Steps, named: Reference) -> list[Problem]:
    """Keys that cannot stand beside a `use`."""
    return [problem_at(document, (*path, key), *said) for key, said in _unfit(document, path, named)]


def _unfit(document: Document, path: Steps, named: Reference) -> Iterator[tuple[str, tuple[str, str]]]:
    for key in members(piece(document, *path)):
        if key in KINDS and key != "use":
            message = f"a criterion is either `{key}` or `use`"
            yield key, (message, "write the criterion out, or remove this key")
        elif named.criterion is None and key not in {"use", "when"}:
            hint = f"name the one that is meant: `{named.rubric}#ID`"
            yield key, (f"`use` takes all criteria over here, and `{key}` is for one", hint)


def take(named: Reference, source: Document, document: Document, path: Steps) -> Taken:
    """The criteria that the `use` at `path` names. Raises ConfigError."""
    own = piece(document, *path)
    place = (*path, "use", VALUE)
    offered = items(members(piece(source)).get("criteria", Piece(None, {})))
    ids = [id_of(part) for part in offered]
    if not offered:
        raise ConfigError([problem_at(document, place, f"{source.name} has no criteria", None)])
    if named.criterion is None:
        return Taken(path, [_under(part, own, document, path) for part in offered], source)
    if named.criterion not in ids:
        message = f"{source.name} has no criterion `{named.criterion}`"
        hint = did_you_mean(named.criterion, filter(None, ids))
        raise ConfigError([problem_at(document, place, message, hint)])
    return Taken(path, [overridden(offered[ids.index(named.criterion)], own)], source)


def _under(part: Piece, own: Piece, document: Document, path: Steps) -> Piece:
    """One of all criteria, with the `when` of them all."""
    if "when" in members(own) and "when" in members(part):
        message = f"`{id_of(part)}` has a `when` of its own, which this would replace"
        hint = "use each criterion by its id, with the `when` that is meant"
        raise ConfigError([problem_at(document, (*path, "when"), message, hint)])
    return overridden(part, own)
