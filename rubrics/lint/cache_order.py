"""Inputs in an order, or with a share, under which a prefix cache has little to keep."""

from collections.abc import Iterator

from rubrics.document import VALUE, Document
from rubrics.inputs import Input
from rubrics.lint.statement import statements, warning
from rubrics.problems import Problem
from rubrics.rubric import Rubric

CODE = "cache-order"


def cache_order(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Shares that cannot be, and the author's text behind somebody else's of the same share."""
    if not any(statements(rubric)):
        return
    for name, source in rubric.inputs.items():
        yield from _wrong_share(document, name, source)
        yield from _behind(rubric, document, name, source)


def _wrong_share(document: Document, name: str, source: Input) -> Iterator[Problem]:
    if source.of_completion or source.source.startswith("metadata."):
        return
    path = ("inputs", name, "share", VALUE)
    hint = "remove `share`: `group` is what it is"
    if source.share == "dataset":
        message = f"{source.source} differs from sample to sample: what follows it is not cached"
        yield warning(document, path, CODE, message, hint)
    if source.share == "rollout":
        message = f"{source.source} is the same for a whole group; this has it computed for each rollout"
        yield warning(document, path, CODE, message, hint)


def _behind(rubric: Rubric, document: Document, name: str, source: Input) -> Iterator[Problem]:
    """Behind a sample's own text no cache can keep the author's, which is often the same for every sample."""
    if source.trust != "author" or source.share == "dataset":
        return
    names = [*rubric.inputs]
    for earlier in names[: names.index(name)]:
        other = rubric.inputs[earlier]
        if other.trust == "untrusted" and other.share == source.share:
            message = f"your `{name}` stands behind `{earlier}`, so it is computed anew with each of them"
            hint = f"say `share: dataset` if every sample has the same; else write it ahead of `{earlier}`"
            yield warning(document, ("inputs", name), CODE, message, hint)
            return
