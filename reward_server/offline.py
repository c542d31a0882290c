"""Scoring a file: groups in input order, a few at once, results written as they come."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from reward_server.engine.row import Row
from reward_server.engine.scoring import Scoring
from reward_server.engine.summary import Summary, summarise
from reward_server.jsonl import read_rollouts
from reward_server.limits import Limits
from reward_server.results_file import ResultsFile
from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.ingress import Batch, assemble
from reward_server.wire.status import RequestError
from rubrics.layout import Layout
from rubrics.problems import ConfigError
from rubrics.rollout import Group

Progress = Callable[[int], None]
"""Told how many more rollouts are done."""

Window = deque["asyncio.Task[list[Row]]"]
"""The groups under way, in input order."""


class Offline:
    """One run over a file. With `out`, what that file holds already is not scored again."""

    def __init__(
        self,
        function: RewardFunction,
        groups: Sequence[Group],
        out: ResultsFile | None = None,
        groups_at_once: int = 64,
    ) -> None:
        self.function = function
        self.total = sum(map(len, groups))
        self._groups = groups
        self._out = out
        self._scored = {rows[0].group: rows for rows in (out.kept if out is not None else ())}
        self._groups_at_once = groups_at_once

    @property
    def done(self) -> int:
        """How many rollouts are scored, this time or before."""
        return sum(map(len, self._scored.values()))

    async def score(self, progress: Progress) -> None:
        """Score what is left. When cancelled, what is done is written first."""
        window: Window = deque()
        waiting = iter([group for group in self._groups if group.id not in self._scored])
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
            await asyncio.gather(*window, return_exceptions=True)
            await self.function.aclose()
        if self._out is not None:
            self._out.put_in_order(self._groups)

    def summary(self) -> Summary:
        """A summary of everything scored so far, this time and before."""
        scored = [self._scored[group.id] for group in self._groups if group.id in self._scored]
        return summarise(scored, self.function.weights)

    def _fill(self, window: Window, waiting: Iterator[Group], progress: Progress) -> bool:
        while len(window) < self._groups_at_once and (group := next(waiting, None)) is not None:
            window.append(asyncio.create_task(self._score_group(group, progress)))
        return bool(window)

    async def _score_group(self, group: Group, progress: Progress) -> list[Row]:
        (rows,) = await Scoring(self.function, [group]).run(math.inf)
        progress(len(rows))
        return rows

    def _keep(self, rows: list[Row]) -> None:
        self._scored[rows[0].group] = rows
        if self._out is not None:
            self._out.append(rows)

    def _rescue(self, window: Window) -> None:
        for task in window:
            if task.done() and not task.cancelled() and task.exception() is None:
                self._keep(task.result())


def read_groups(path: Path, function: RewardFunction) -> Sequence[Group]:
    """Read the rollouts of a file, in groups. Raises ConfigError."""
    return read_batch(path, function.layout).groups


def read_batch(path: Path, layout: Layout) -> Batch:
    """Read the rollouts of a file whose completions have this layout. Raises ConfigError."""
    try:
        return assemble(read_rollouts(path), layout, Limits().max_completion_chars)
    except RequestError as error:
        raise ConfigError(f"{path}: {error.message} ({error.path})", hint=error.hint) from None
