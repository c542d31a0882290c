"""Runs one phase: its load for its time, its last calls, and what the engine counted meanwhile."""

import asyncio
import math
from typing import Generic

from msgspec.structs import replace

from reward_server.load.arrivals import arrivals
from reward_server.load.call import Ask, LoadTarget
from reward_server.load.engine_metrics import between
from reward_server.load.observing import Observing
from reward_server.load.record import EngineTokens, Phase
from reward_server.load.recorder import Recorder
from reward_server.load.schedule import Schedule, Step
from reward_server.load.shapes import Shapes


class Phases(Generic[Ask]):
    """Runs phases, one after the other."""

    def __init__(
        self,
        target: LoadTarget[Ask],
        schedule: Schedule,
        seed: int,
        recorder: Recorder[Ask],
        observing: Observing[Ask],
    ) -> None:
        self.shapes = Shapes(recorder, target.next, schedule.most_in_flight)
        self.current: Phase | None = None
        """The phase under way, as it is planned; None between two."""
        self.engine: dict[int, EngineTokens] = {}
        """What the engine counted, by phase."""
        self._target = target
        self._schedule = schedule
        self._seed = seed
        self._recorder = recorder
        self._observing = observing

    async def run(self, step: Step) -> Phase:
        """The phase, once its last call has ended."""
        phase = await (self._burst(step) if self._schedule.shape == "burst" else self._timed(step))
        self.current = None
        return phase

    def stopped(self) -> Phase | None:
        """The phase that was under way, as far as it came."""
        if self.current is None:
            return None
        now = self._recorder.now()
        return replace(self.current, warm=min(self.current.warm, now), end=min(self.current.end, now))

    # -- a closed or an open load, for a time ----------------------------------------------------------

    async def _timed(self, step: Step) -> Phase:
        schedule, start = self._schedule, self._recorder.now()
        warm = start + schedule.warmup_s
        phase = Phase(schedule.shape, step.load, start, warm, warm + schedule.seconds, step.repeat)
        self._begin(phase)
        counting = asyncio.ensure_future(self._count(phase))
        try:
            await self._load(phase)
            await self._until(phase.end)
            await self.shapes.finish(schedule.drain_s)
            await counting
        finally:
            counting.cancel()
        return phase

    async def _load(self, phase: Phase) -> None:
        if phase.shape == "closed":
            self.shapes.closed(int(phase.load), phase.end)
            return
        assert phase.shape != "burst"
        rate = phase.load / self._target.rollouts_each
        seed = f"{self._seed}:{self._recorder.phase}"
        await self.shapes.open(arrivals(phase.shape, rate, phase.end - phase.start, seed), phase.start)

    async def _count(self, phase: Phase) -> None:
        """Ask the engine for its counters where the measured part begins and ends."""
        number = self._recorder.phase
        await self._until(phase.warm)
        before = await self._observing.metrics.read()
        await self._until(phase.end)
        after = await self._observing.metrics.read()
        self.engine[number] = between(before.tokens, after.tokens)

    async def _until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - self._recorder.now()))

    # -- a step at once --------------------------------------------------------------------------------

    async def _burst(self, step: Step) -> Phase:
        """All rollouts of a step. One step before the first opens the connections, and is not recorded."""
        if step.repeat == 0 and self._schedule.warmup_s > 0:
            self._recorder.recording = False
            await self._burst_out(step)
            self._recorder.recording = True
        before = await self._observing.metrics.read()
        start = self._recorder.now()
        phase = Phase("burst", step.load, start, start, math.inf, step.repeat)
        self._begin(phase)
        await self._burst_out(step)
        phase = replace(phase, end=self._recorder.now())
        after = await self._observing.metrics.read()
        self.engine[self._recorder.phase] = between(before.tokens, after.tokens)
        return phase

    async def _burst_out(self, step: Step) -> None:
        self.shapes.burst(int(step.load), self._schedule.in_flight)
        await self.shapes.finish(None)

    def _begin(self, phase: Phase) -> None:
        self.current = phase
        self._observing.begins(phase, self._schedule.steps())
