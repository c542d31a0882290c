"""A document put together from several files, which still knows where each value was written."""

from collections.abc import Mapping, Sequence

from rubrics.document import Document
from rubrics.excerpt import Mark
from rubrics.problems import Step
from rubrics.resolution.piece import Place
from rubrics.strict_yaml import Path as Steps


class Resolved(Document, frozen=True, dict=True):
    """The including file's name, text and directory, with the data of all; `origin` tells a value's file."""

    origins: Mapping[Steps, Place] = {}
    """Where the parts of `data` were written; what is below a part stands below it there, too."""

    def origin(self, path: Sequence[Step]) -> tuple[Document, Steps]:
        steps = tuple(path)
        cut = next(length for length in range(len(steps), -1, -1) if steps[:length] in self.origins)
        document, place = self.origins[steps[:cut]]
        return document.origin((*place, *steps[cut:]))

    def has(self, path: Sequence[Step]) -> bool:
        document, place = self.origin(path)
        return document.has(place)

    def mark(self, path: Sequence[Step]) -> Mark:
        document, place = self.origin(path)
        return document.mark(place)

    def excerpt(self, path: Sequence[Step]) -> list[str]:
        document, place = self.origin(path)
        return document.excerpt(place)
