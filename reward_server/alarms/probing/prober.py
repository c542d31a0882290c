"""Rounds of canaries and anchors, in the background of a server that scores."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import structlog

from judges.cache.worker import Worker
from reward_server.alarms.probing.anchors import anchor_rounds, new_anchors
from reward_server.alarms.probing.asking import Asking, StoppedError, askings
from reward_server.alarms.probing.canaries import canary_rounds
from reward_server.alarms.probing.samples import Sample, last_step, newest_run, recent, stored
from reward_server.alarms.rounds import AnchorSet, Round
from reward_server.alarms.table import anchors_of, write_anchors, write_rounds
from reward_server.reward.alarm_options import WatchOptions
from reward_server.reward.reward_function import RewardFunction
from reward_server.store.database import open_to_write
from reward_server.store.reading import Store

_LOG = structlog.get_logger("gavel.alarms")


class _Now(NamedTuple):
    """A run as it is when a round begins."""

    run: int
    step: int
    at: float
    samples: Sequence[Sample]


class Prober:
    """Probes the judges of the reward functions whose files say `watch`."""

    def __init__(
        self,
        path: Path,
        functions: Mapping[str, RewardFunction],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """`stopping`: whether the server takes no more requests."""
        self._path = path
        self._functions = [each for each in functions.values() if each.source.watch is not None]
        self._stopping = stopping
        self._since = time.time()
        self._worker = Worker("gavel-probes")
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin with the rounds."""
        for function in self._functions:
            assert function.source.watch is not None
            self._tasks.append(asyncio.create_task(self._probe(function, function.source.watch)))

    async def aclose(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._worker.stop()

    async def _probe(self, function: RewardFunction, watch: WatchOptions) -> None:
        while not self._stopping():
            await asyncio.sleep(watch.every_s)
            try:
                for asking in askings(function, self._stopping):
                    await self.round(function, asking, watch)
            except StoppedError:
                return
            except Exception as error:  # noqa: BLE001 - the next round may do better
                _LOG.warning("judges could not be probed", reward=function.name, exc_info=error)

    async def round(self, function: RewardFunction, asking: Asking, watch: WatchOptions) -> None:
        """One round: canaries, then anchors. Raises StoppedError, TimeoutError, StoreError."""
        now = await self._worker.run(lambda: self._now(function, max(watch.canaries, watch.anchors)))
        if now is None or not now.samples:
            return
        if watch.canaries:
            found = await canary_rounds(asking, now.samples, step=now.step, at=now.at, most=watch.canaries)
            await self._worker.run(lambda: self._write(now.run, found))
        if watch.anchors:
            moved = await self._anchors(function, asking, now, watch.anchors)
            await self._worker.run(lambda: self._write(now.run, moved))

    async def _anchors(
        self, function: RewardFunction, asking: Asking, now: _Now, most: int
    ) -> Sequence[Round]:
        known, samples = await self._worker.run(lambda: self._known(function, asking, now.run))
        if known is None:
            wanted = now.samples[:most]
            anchors = await new_anchors(asking, function.version, wanted)
            if 2 * len(anchors.anchors) > len(wanted):  # a judge that is down is none to compare with
                await self._worker.run(lambda: self._write_anchors(now.run, anchors))
            return []
        return await anchor_rounds(asking, known, samples, step=now.step, at=now.at)

    # -- on the worker's thread ------------------------------------------------------------------------

    def _now(self, function: RewardFunction, most: int) -> _Now | None:
        with closing(Store(self._path)) as store:
            run = newest_run(store, function.name, self._since)
            if run is None:
                return None
            samples = recent(store, run, function.layout, most)
            return _Now(run, last_step(store, run), time.time(), samples)

    def _known(
        self, function: RewardFunction, asking: Asking, run: int
    ) -> tuple[AnchorSet | None, Sequence[Sample]]:
        """The anchors that there are, where most of them are still stored."""
        with closing(Store(self._path)) as store:
            known = anchors_of(store, run, asking.name, function.version)
            if known is None:
                return None, ()
            samples = list(stored(store, [anchor.number for anchor in known.anchors], asking.layout))
            return (known, samples) if 2 * len(samples) > len(known.anchors) else (None, ())

    def _write(self, run: int, rounds: Sequence[Round]) -> None:
        with closing(open_to_write(self._path)) as db:
            write_rounds(db, run, rounds)

    def _write_anchors(self, run: int, anchors: AnchorSet) -> None:
        with closing(open_to_write(self._path)) as db:
            write_anchors(db, run, anchors)
