"""How an including file's own keys and those it takes over become one rubric."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from rubrics.criteria.criterion import KINDS
from rubrics.resolution.piece import Piece, Place, mapping, members, sequence

_NOT_INHERITED = {"schema", "id", "version", "description", "extends"}
_OF_ASK = ("anchors", "scale", "evidence", "samples", "abstain")
_INSTEAD = (("weight", "importance"), ("anchors", "scale"))
"""Keys of which a criterion has one."""


def extended(own: Mapping[str, Piece], base: Mapping[str, Piece]) -> dict[str, Piece]:
    """The keys of a rubric that extends another; its `criteria` are left to `joined`."""
    merged = {key: part for key, part in base.items() if key not in _NOT_INHERITED}
    merged |= {key: part for key, part in own.items() if key != "extends"}
    if "inputs" in base and isinstance(merged["inputs"].data, dict):
        inputs = members(base["inputs"]) | members(merged["inputs"])
        merged["inputs"] = mapping(inputs, merged["inputs"].place)
    if "guidelines" in own and "guidelines" in base:
        merged["guidelines"] = _both(base["guidelines"], own["guidelines"])
    return merged


def joined(base: Sequence[Piece], own: Sequence[Piece], place: Place) -> Piece:
    """The base's criteria, changed by own ones of the same id, and then the other own ones."""
    ids = [id_of(part) for part in base]
    merged, changed = list(base), set[int]()
    for part in own:
        name = id_of(part)
        if name is not None and name in ids and ids.index(name) not in changed:
            index = ids.index(name)
            merged[index] = overridden(merged[index], part)
            changed.add(index)
        else:
            merged.append(part)
    return sequence(merged, place)


def overridden(included: Piece, own: Piece) -> Piece:
    """A criterion with own keys in place of some it had. A key that excludes another one takes its place.

    Null takes the key away, and no other one.
    """
    theirs, ours = members(included), members(own)
    ours.pop("use", None)
    if not ours:
        return included
    said = {key: part for key, part in ours.items() if part.data is not None}
    gone = (ours.keys() - said.keys()) | _displaced(said.keys())
    kept = {key: part for key, part in theirs.items() if key not in gone}
    return mapping(kept | said, own.place)


def _displaced(said: AbstractSet[str]) -> set[str]:
    """The keys that cannot stand beside these."""
    gone = {key for group in _INSTEAD if said & set(group) for key in group}
    if kind := said & set(KINDS):
        gone |= {*KINDS, *(() if "ask" in kind else _OF_ASK)}
    return gone


def _both(base: Piece, own: Piece) -> Piece:
    if not (isinstance(base.data, str) and isinstance(own.data, str)):
        return own
    if not (base.data.strip() and own.data.strip()):
        return own if own.data.strip() else base
    return Piece(f"{base.data.rstrip()}\n\n{own.data}", own.origins)


def id_of(criterion: Piece) -> str | None:
    """The id a criterion says it has."""
    found = criterion.data.get("id") if isinstance(criterion.data, dict) else None
    return found if isinstance(found, str) else None
