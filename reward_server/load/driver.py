"""Runs a load test: phase after phase, watched meanwhile."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Generic

from judges.listening import allow_many_connections
from reward_server.load.call import Ask, LoadTarget
from reward_server.load.engine_metrics import EngineMetrics
from reward_server.load.observing import Observing
from reward_server.load.phases import Phases
from reward_server.load.progress import Observe, unobserved
from reward_server.load.record import Phase, Run
from reward_server.load.recorder import Recorder
from reward_server.load.schedule import Schedule
from reward_server.load.sweep import Point, point_of
from rubrics.cause import Cause


async def drive(
    target: LoadTarget[Ask],
    schedule: Schedule,
    *,
    seed: int = 0,
    observe: Observe = unobserved,
    stop: asyncio.Event | None = None,
) -> Run:
    """Put the load on the target and write down what happens.

    Once `stop` is set it ends within a second, with what there is; calls under way become `shutdown`. Raises
    ConfigError for a schedule that cannot be run or work that cannot be made, BackendError where the target
    does not answer at all.
    """
    schedule.checked()
    allow_many_connections()
    stop = stop or asyncio.Event()
    if not await _opened(target, stop):
        return Run(target.described, seed, [], [], [], interrupted=True)
    async with _recording(target, schedule.clients) as recorder:
        metrics = EngineMetrics(target.metrics_url, target.metrics_headers)
        observing = Observing(recorder, metrics, observe)
        try:
            drive = _Drive(schedule, recorder, Phases(target, schedule, seed, recorder, observing))
            interrupted = await drive.run(stop)
        finally:
            await observing.aclose()
    return Run(
        target.described,
        seed,
        drive.phases,
        recorder.records,
        observing.sights,
        drive.running.engine,
        interrupted,
        [*target.notes, *drive.notes()],
    )


def run(target: LoadTarget[Ask], schedule: Schedule, *, seed: int = 0, observe: Observe = unobserved) -> Run:
    """`drive` in an event loop of its own, the one that the server uses; Ctrl-C stops it."""
    import uvloop

    async def driven() -> Run:
        with interruptible() as stop:
            return await drive(target, schedule, seed=seed, observe=observe, stop=stop)

    return uvloop.run(driven())


@contextmanager
def interruptible() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C sets. A second Ctrl-C ends the program as it always does."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def interrupt() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)


async def _opened(target: LoadTarget[Ask], stop: asyncio.Event) -> bool:
    """Open the target, unless somebody stops that."""
    opening, stopped = asyncio.ensure_future(target.open()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([opening, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        cancelled = opening.cancel()
    await asyncio.wait([opening])
    if not cancelled:
        opening.result()
    return not cancelled


@asynccontextmanager
async def _recording(target: LoadTarget[Ask], clients: int) -> AsyncIterator[Recorder[Ask]]:
    """A recorder with its clients open, and the garbage collector kept from what lasts."""
    recorder = Recorder([target.client(number) for number in range(clients)])
    gc.collect()
    gc.freeze()
    try:
        yield recorder
    finally:
        gc.unfreeze()
        for client in recorder.clients:
            await client.aclose()


class _Drive(Generic[Ask]):
    """The phases of one run."""

    def __init__(self, schedule: Schedule, recorder: Recorder[Ask], running: Phases[Ask]) -> None:
        self.phases: list[Phase] = []
        self.running = running
        self._schedule = schedule
        self._recorder = recorder
        self._points: list[Point] = []

    async def run(self, stop: asyncio.Event) -> bool:
        """Run them all; return whether `stop` ended it."""
        running = asyncio.ensure_future(self._run())
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait([running, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            interrupted = running.cancel()
            await self._cut()
            await asyncio.wait([running])
        if not interrupted:
            running.result()
        return interrupted

    def notes(self) -> Sequence[str]:
        """What a reader of the figures has to know."""
        held = self.running.shapes.held_back
        most = self._schedule.most_in_flight
        told = f"{held:,} arrivals were held back while {most:,} calls were under way, the most that we start"
        return [told] if held else []

    async def _run(self) -> None:
        recorder = self._recorder
        while step := self._schedule.step(self._points, len(self.phases)):
            recorder.phase, first = len(self.phases), len(recorder.records)
            phase = await self.running.run(step)
            self._points.append(point_of(phase, recorder.records[first:]))
            self.phases.append(phase)

    async def _cut(self) -> None:
        """End every call under way, and the phase with them."""
        self._recorder.cut = Cause.SHUTDOWN
        cut = self.running.stopped()
        await self.running.shapes.cut()
        if cut is not None:
            self.phases.append(cut)
