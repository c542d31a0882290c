"""Scoring a file: groups in input order, a few at once, results written as they come, resumable by group."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from reward_server.egress import encode_line, results
from reward_server.engine import Scoring
from reward_server.ingress import assemble
from reward_server.jsonl import read_rollouts, whole_lines
from reward_server.limits import Limits
from reward_server.reward_function import RewardFunction
from reward_server.row import Row
from reward_server.status import RequestError
from reward_server.summary import Summary, summarise
from reward_server.wire import ComponentResult, Result
from rubrics.completion import Completion
from rubrics.outcome import Cause, Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Rollout

Progress = Callable[[int], None]
"""Told how many more rollouts are done."""


class Line(Result, frozen=True, kw_only=True):
    """One line of the output: a result, and the version of the reward that gave it."""

    reward_version: str


class Offline:
    """One run over a file."""

    def __init__(
        self,
        function: RewardFunction,
        groups: Sequence[Group],
        kept: Sequence[list[Row]] = (),
        *,
        out: Path | None = None,
        detail: Literal["components", "verdicts"] = "components",
        groups_at_once: int = 64,
    ) -> None:
        self.function = function
        self.total = sum(map(len, groups))
        self.done = sum(map(len, kept))
        self._scored: list[list[Row]] = list(kept)
        ready = {rows[0].group for rows in kept}
        self._left = [group for group in groups if group.id not in ready]
        self._out = out
        self._detail: Literal["components", "verdicts"] = detail
        self._groups_at_once = groups_at_once

    async def score(self, progress: Progress) -> None:
        """Score what is left. When cancelled, what is done is written first."""
        window: deque[asyncio.Task[list[Row]]] = deque()
        waiting = iter(self._left)
        try:
            while self._fill(window, waiting, progress):
                self._keep(await window[0])
                window.popleft()
        except asyncio.CancelledError:
            self._rescue(window)
            raise
        finally:
            for task in window:
                task.cancel()
            await self.function.aclose()

    def summary(self) -> Summary:
        """A summary of everything scored so far, this time and before."""
        return summarise(self._scored, self.function.weights)

    def _fill(self, window: "deque[asyncio.Task[list[Row]]]", waiting: Iterator[Group], progress: Progress) -> bool:
        while len(window) < self._groups_at_once and (group := next(waiting, None)) is not None:
            task = asyncio.create_task(self._score_group(group))
            task.add_done_callback(lambda done: None if done.cancelled() else progress(len(done.result())))
            window.append(task)
        return bool(window)

    async def _score_group(self, group: Group) -> list[Row]:
        return (await Scoring(self.function, [group]).run(math.inf))[0]

    def _keep(self, rows: list[Row]) -> None:
        self._scored.append(rows)
        if self._out is not None:
            with self._out.open("ab") as file:
                file.write(b"".join(self._lines(rows)))

    def _rescue(self, window: "Iterable[asyncio.Task[list[Row]]]") -> None:
        for task in window:
            if task.done() and not task.cancelled():
                self._keep(task.result())

    def _lines(self, rows: Sequence[Row]) -> Iterator[bytes]:
        for result in results(rows, self.function.weights, self._detail):
            yield encode_line(Line(**msgspec.structs.asdict(result), reward_version=self.function.version))


def read_groups(path: Path, function: RewardFunction) -> Sequence[Group]:
    """The rollouts of a file in groups. Raises ConfigError."""
    try:
        return assemble(read_rollouts(path), function.layout, Limits().max_completion_chars).groups
    except RequestError as error:
        raise ConfigError(f"{path}: {error.message} ({error.path})", hint=error.hint) from None


def resume(out: Path, groups: Sequence[Group], version: str) -> list[list[Row]]:
    """The groups that `out` holds whole and scored; the file is rewritten to hold just those.

    Raises ConfigError where another reward gave its results: the two could not be compared.
    """
    found = {line.id: line for line in _lines_of(out)}
    other = next((line for line in found.values() if line.reward_version != version), None)
    if other is not None:
        message = f"{out} holds results of another reward ({other.reward_version[:19]}..., now {version[:19]}...)"
        raise ConfigError(message, hint="score into a new file, or start over with --force")
    whole = [group for group in groups if all(_is_scored(found.get(r.id), group) for r in group.rollouts)]
    lines = [[found[rollout.id] for rollout in group.rollouts] for group in whole]
    part = out.with_name(out.name + ".part")
    part.write_bytes(b"".join(encode_line(line) for group in lines for line in group))
    part.replace(out)
    return [[_row(line) for line in group] for group in lines]


def _lines_of(out: Path) -> Iterator[Line]:
    if not out.exists():
        return
    for line in whole_lines(out):
        try:
            yield msgspec.convert(line, Line)
        except msgspec.ValidationError as error:
            message = f"{out} is not a file of results: {error}"
            raise ConfigError(message, hint="choose another --out, or start over with --force") from None


def _is_scored(line: Line | None, group: Group) -> bool:
    return line is not None and line.status == "scored" and line.group == group.id


def _row(line: Line) -> Row:
    """A saved line as the row it came from, without the texts."""
    components = {name: _outcome(component) for name, component in (line.components or {}).items()}
    rollout = Rollout(id=line.id, completion=Completion(""))
    assert line.reward is not None
    return Row(rollout, line.group, Score(line.reward), components, line.advantage_weight)


def _outcome(component: ComponentResult) -> Outcome:
    if component.value is None:
        return Unscored(Cause(component.cause), component.reason)
    return Score(component.value, component.reason)
