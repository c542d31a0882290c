"""One document out of a rubric file and all that it includes."""

from collections.abc import Iterator

import msgspec

from rubrics.document import VALUE, Document
from rubrics.problems import ConfigError, Problem
from rubrics.resolution.inputs import missing_inputs
from rubrics.resolution.merging import extended, joined
from rubrics.resolution.opening import identity, identity_of, open_reference, problem_at
from rubrics.resolution.piece import Piece, items, mapping, members, piece
from rubrics.resolution.reference import Reference, reference
from rubrics.resolution.resolved import Resolved
from rubrics.resolution.taking import Taken, beside, take
from rubrics.rollout import Json
from rubrics.strict_yaml import Path as Steps

MAX_DEPTH = 16
"""Files in a chain of includes."""
MAX_CRITERIA = 1_000


def resolve(document: Document) -> Document:
    """The rubric with `extends` and `use` replaced by what they name; the document itself where it has none.

    Raises ConfigError with every mistake found, each in the file that holds it.
    """
    if not _includes(document.data):
        return document
    resolver = _Resolver()
    resolved = resolver.resolve(document, ())
    if resolver.problems:
        raise ConfigError(resolver.problems)
    return resolved


def _includes(data: Json) -> bool:
    if not isinstance(data, dict):
        return False
    criteria = data.get("criteria")
    return "extends" in data or (isinstance(criteria, list) and any(map(_uses, criteria)))


def _uses(criterion: Json) -> bool:
    return isinstance(criterion, dict) and "use" in criterion


class _Resolver:
    """Opens each file once. What is wrong is collected in `problems`."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._opened: dict[str, Document | None] = {}
        self._unusable = 0

    def resolve(self, document: Document, above: tuple[Document, ...]) -> Document:
        """`above` are the files that include this one, the outermost first."""
        if not _includes(document.data):
            return document
        inside = (*above, document)
        own = members(piece(document))
        base = self._base(document, own, inside)
        merged = extended(own, base)
        taken = [*self._taken(document, own, inside)]
        if isinstance(own.get("criteria", _NONE).data, list):
            criteria = [part for found in taken for part in found.criteria]
            place = own["criteria"].place
            merged["criteria"] = joined(items(base.get("criteria", _NONE)), criteria, place)
        self._check(document, merged, taken)
        return _put_together(document, mapping(merged, (document, ())))

    def _base(
        self, document: Document, own: dict[str, Piece], inside: tuple[Document, ...]
    ) -> dict[str, Piece]:
        if "extends" not in own:
            return {}
        named = self._reference(document, ("extends",))
        if named is not None and named.criterion is not None:
            hint = f"extend `{named.rubric}`, or take the one criterion over with `use`"
            self._find(document, ("extends",), "`extends` takes a whole rubric over", hint)
            named = None
        opened = None if named is None else self._open(named, document, ("extends",), inside)
        return {} if opened is None else members(piece(opened))

    def _taken(
        self, document: Document, own: dict[str, Piece], inside: tuple[Document, ...]
    ) -> Iterator[Taken]:
        """The criteria of the file in order, each `use` with those that it names."""
        count = 0
        for index, criterion in enumerate(items(own.get("criteria", _NONE))):
            path = ("criteria", index)
            found = self._take(document, path, inside) if _uses(criterion.data) else Taken(path, [criterion])
            count += len(found.criteria)
            if count > MAX_CRITERIA:
                message = f"with this the rubric has more than {MAX_CRITERIA:,} criteria"
                self._find(document, (*path, "use"), message, None)
                return
            yield found

    def _take(self, document: Document, path: Steps, inside: tuple[Document, ...]) -> Taken:
        place = (*path, "use")
        named = self._reference(document, place)
        wrong = [] if named is None else beside(document, path, named)
        self.problems += wrong
        if named is None or wrong:
            return Taken(path, [])
        opened = self._open(named, document, place, inside)
        if opened is None:
            return Taken(path, [])
        try:
            return take(named, opened, document, path)
        except ConfigError as error:
            self.problems += error.problems
            return Taken(path, [])

    def _reference(self, document: Document, path: Steps) -> Reference | None:
        written = document.value(path)
        found = reference(written) if isinstance(written, str) else Reference("")
        if not found.rubric.removeprefix("catalog:") or found.criterion == "":
            hint = "like `standards.yaml` or `catalog:NAME`, for one criterion with `#ID` after it"
            self._find(document, path, f"`{path[-1]}` should name a rubric", hint)
            return None
        return found

    def _open(
        self, named: Reference, document: Document, path: Steps, inside: tuple[Document, ...]
    ) -> Document | None:
        key = identity_of(named, document)
        if self._goes_round(key, document, path, inside):
            return None
        if key not in self._opened:
            self._opened[key] = self._opened_anew(named, document, path, inside)
        self._unusable += self._opened[key] is None
        return self._opened[key]

    def _opened_anew(
        self, named: Reference, document: Document, path: Steps, inside: tuple[Document, ...]
    ) -> Document | None:
        """None where anything is wrong with it: its user is spared what follows from that."""
        before = len(self.problems), self._unusable
        try:
            opened = self.resolve(open_reference(named, document, path), inside)
            return opened if before == (len(self.problems), self._unusable) else None
        except ConfigError as error:
            self.problems += error.problems
            return None

    def _goes_round(self, key: str, document: Document, path: Steps, inside: tuple[Document, ...]) -> bool:
        keys = [identity(file) for file in inside]
        if key in keys:
            ring = inside[keys.index(key) :]
            self._find(document, path, *_ring(ring))
        elif len(inside) >= MAX_DEPTH:
            message = f"{MAX_DEPTH} files include one another here, and that is the most"
            self._find(document, path, message, "include the last ones directly")
        return key in keys or len(inside) >= MAX_DEPTH

    def _check(self, document: Document, merged: dict[str, Piece], taken: list[Taken]) -> None:
        inputs = merged.get("inputs")
        for found in taken:
            self.problems += missing_inputs(document, found, None if inputs is None else inputs.data)

    def _find(self, document: Document, path: Steps, message: str, hint: str | None) -> None:
        self.problems.append(problem_at(document, (*path, VALUE), message, hint))


_NONE = Piece(None, {})


def _ring(files: tuple[Document, ...]) -> tuple[str, str]:
    """What to say of files of which each includes the next, and the last one the first."""
    if len(files) == 1:
        return "a rubric cannot include itself", "name another file, or write the criteria out"
    way = " -> ".join(file.name for file in (*files, files[0]))
    hint = "remove one of these includes, or move what both sides need into a file that includes neither"
    return f"these files include each other: {way}", hint


def _put_together(document: Document, whole: Piece) -> Document:
    fields = msgspec.structs.asdict(document)
    return Resolved(**fields | {"data": whole.data, "origins": whole.origins})
