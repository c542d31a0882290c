"""What is left of a reward file with mistakes, so that its other parts can be looked at as well."""

from collections.abc import Iterable, Mapping

from rubrics.problems import Problem
from rubrics.rollout import Json

_NAMED_ENTRIES = ("components", "judges", "classifiers")
"""Sections of independent entries: a mistake in one leaves the others."""


def without_mistakes(data: Mapping[str, Json], problems: Iterable[Problem]) -> dict[str, Json]:
    """The file's top level without the sections, or the named entries, that have a problem."""
    left = {key: dict(member) if isinstance(member, dict) else member for key, member in data.items()}
    for problem in problems:
        _drop(left, *map(str, problem.path[:2]))
    return {"name": "unnamed"} | left


def _drop(left: dict[str, Json], section: str = "", entry: str = "") -> None:
    entries = left.get(section)
    if section in _NAMED_ENTRIES and isinstance(entries, dict) and entry in entries:
        del entries[entry]
    else:
        left.pop(section, None)
