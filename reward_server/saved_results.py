"""Results that `gavel score --detail verdicts` wrote, read back. Mistakes name file and line."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from reward_server.jsonl import read_numbered
from reward_server.results_file import Line
from rubrics.cause import Cause
from rubrics.problems import ConfigError
from rubrics.verdict import Verdict

_AS_WRITTEN = "results are read as `gavel score` wrote them: score again"
_WITH_VERDICTS = "score the rollouts with `gavel score --detail verdicts`"


class SavedResult(msgspec.Struct, frozen=True):
    """One line of a file of results, and where it stands."""

    line: Line
    path: Path
    number: int

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """What was found, criterion by criterion."""
        return self.line.verdicts or ()

    def error(self, message: str, hint: str | None = None) -> ConfigError:
        """Make a ConfigError at this line."""
        return ConfigError(f"{self.path}:{self.number}: {message}", hint=hint)


Saved = Mapping[str, SavedResult]
"""Saved results by the rollout's id."""


def read_results(paths: Sequence[Path]) -> list[SavedResult]:
    """Read files of results, each id once. Raises ConfigError."""
    results: dict[str, SavedResult] = {}
    for result in _lines(paths):
        _check(result)
        first = results.setdefault(result.line.id, result)
        if first is not result:
            name = ascii(result.line.id)[:80]
            message = f"the id {name} stands at {first.path}:{first.number} already"
            raise result.error(message, "give each result once; of two runs, name the later one")
    if not results:
        raise ConfigError(f"{', '.join(map(str, paths))}: no results", hint=_WITH_VERDICTS)
    return list(results.values())


def _lines(paths: Sequence[Path]) -> Iterator[SavedResult]:
    for path in paths:
        for number, line in read_numbered(path, Line):
            yield SavedResult(line, path, number)


def _check(result: SavedResult) -> None:
    if result.line.verdicts is None:
        raise result.error("this result holds no verdicts", _WITH_VERDICTS)
    for wrong in filter(None, map(_mistake, result.line.verdicts)):
        raise result.error(wrong, _AS_WRITTEN)
    for component in (result.line.components or {}).values():
        if component.cause is not None and component.cause not in set(Cause):
            raise result.error(f"{ascii(component.cause)[:80]} is not a cause", _AS_WRITTEN)


def _mistake(verdict: Verdict) -> str | None:
    """What is wrong with a verdict that gavel would not have written."""
    name = ascii(verdict.criterion)[:80]
    for number in (verdict.value, verdict.probability):
        if number is not None and not 0.0 <= number <= 1.0:
            return f"the verdict on {name} holds {number:g}, which is not in [0, 1]"
    if (verdict.value is None) == (verdict.cause is None and not verdict.skipped):
        return f"the verdict on {name} has neither or both of a value and a cause"
    if verdict.value is not None and verdict.weight is None:
        return f"the verdict on {name} has a value and no weight"
    return None


def by_id(results: Sequence[SavedResult]) -> Saved:
    """Results by the rollout's id."""
    return {result.line.id: result for result in results}
