"""Whether a rubric that changed says so by its version."""

import re
from collections.abc import Iterator

from rubrics.document import VALUE, Document
from rubrics.problems import ConfigError, Problem
from rubrics.rubric import Rubric

CODE = "version-not-raised"


def version_not_raised(rubric: Rubric, document: Document, old: Rubric) -> Iterator[Problem]:
    """What reaches the judge or the arithmetic changed since `old`, and the version did not go up.

    Raises ConfigError where `old` is another rubric.
    """
    if rubric.id != old.id:
        message = f"`{old.id}` is another rubric than `{rubric.id}`, so their versions cannot be compared"
        raise ConfigError(message, hint="give --against an older state of the same rubric")
    if rubric.digest != old.digest and not _raised(old.version, rubric.version):
        said = (
            f"is {rubric.version}"
            if rubric.version == old.version
            else f"went from {old.version} to {rubric.version}"
        )
        message = f"the rubric's digest changed, but its version {said}: results under both would look alike"
        hint = f'raise it, as in version: "{_next(old.version)}"'
        path = ("version", VALUE)
        yield Problem(message=message, document=document, path=path, hint=hint, code=CODE)


def _raised(old: str, new: str) -> bool:
    before, after = _numbers(old), _numbers(new)
    return new != old if before is None or after is None else after > before


def _numbers(version: str) -> tuple[int, ...] | None:
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,9}){0,9}", version):
        return None
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _next(version: str) -> str:
    """The version with its middle number raised; with `.1` after it where it is no number."""
    if _numbers(version) is None:
        return f"{version}.1"
    major, minor, *_ = [*version.split("."), "0"]
    return f"{major}.{int(minor) + 1}.0"
