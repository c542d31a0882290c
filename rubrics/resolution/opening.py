"""From a reference to the rubric file it names, or to what to do where there is none."""

import os
from pathlib import Path

import msgspec

from rubrics.document import VALUE, Document
from rubrics.nearby import yaml_files
from rubrics.problems import ConfigError, Problem, Step, closest
from rubrics.resolution.catalog import catalog_names, open_catalog
from rubrics.resolution.reference import CATALOG, Reference

_MOST_LISTED = 8


def identity(document: Document) -> str:
    """What tells files apart however they are spelled."""
    if document.name.startswith(CATALOG):
        return document.name
    return os.path.realpath(document.directory / Path(document.name).name)


def identity_of(reference: Reference, document: Document) -> str:
    """The identity of the file that `document` refers to."""
    if reference.of_catalog:
        return reference.rubric
    return os.path.realpath(document.directory / reference.rubric.replace("\0", ""))


def open_reference(reference: Reference, document: Document, path: tuple[Step, ...]) -> Document:
    """The rubric that the value at `path` names. Raises ConfigError, there or in the file that is named."""
    path = (*path, VALUE)
    mark = document.mark(path)
    included_from = (f"{document.name}:{mark.line}:{mark.column}", *document.included_from)
    try:
        opened = _open(reference, document, included_from)
    except ConfigError as error:
        raise ConfigError([_placed(problem, document, path) for problem in error.problems]) from None
    if not isinstance(opened.data, dict) or opened.data.get("schema") != "rubric/v1":
        hint = "a rubric begins with `schema: rubric/v1`"
        raise ConfigError([problem_at(document, path, f"{opened.name} is not a rubric", hint)])
    return opened


def problem_at(document: Document, path: tuple[Step, ...], message: str, hint: str | None) -> Problem:
    """An error with its place."""
    return Problem(message=message, document=document, path=path, hint=hint)


def _placed(problem: Problem, document: Document, path: tuple[Step, ...]) -> Problem:
    if problem.document is not None:
        return problem
    return msgspec.structs.replace(problem, document=document, path=path)


def _open(reference: Reference, document: Document, included_from: tuple[str, ...]) -> Document:
    if reference.of_catalog:
        return open_catalog(reference.rubric.removeprefix(CATALOG), included_from)
    file = document.directory / reference.rubric
    try:
        return document.open(reference.rubric, included_from)
    except ConfigError as error:
        first = error.problems[0]
        if first.document is not None:
            raise
        unread = isinstance(error.__cause__, OSError)
        hint = _nearby(reference.rubric, file) if unread else first.hint
        raise ConfigError(first.message, hint=hint) from None


def _nearby(written: str, file: Path) -> str:
    """What may be meant by a file that cannot be read."""
    if written in catalog_names():
        return f"did you mean `{CATALOG}{written}`?"
    if not os.path.isdir(file.parent):  # noqa: PTH112 - Path.is_dir raises where a name is too long
        return f"there is no folder {file.parent}; paths start at the file that names them"
    names = sorted(yaml_files(file.parent))
    listed = ", ".join(names[:_MOST_LISTED]) + (", ..." if len(names) > _MOST_LISTED else "")
    return closest(file.name, names) or f"YAML files there: {listed or 'none'}"
