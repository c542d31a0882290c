"""Watches a load test: writes down sights, and tells those who look on."""

import asyncio
import math
from collections.abc import Sequence
from typing import Generic

import msgspec

from reward_server.load.call import Ask
from reward_server.load.engine_metrics import EngineMetrics
from reward_server.load.progress import Observe, Progress
from reward_server.load.record import Phase, Record, Sight
from reward_server.load.recorder import Recorder
from reward_server.load.self_watch import Health, SelfWatch

LOOK_S = 0.25
RECENT_S = 3.0
MOST_RECENT = 5_000
"""Calls that the figures shown meanwhile are made of."""


class Recent(msgspec.Struct, frozen=True):
    """The last seconds."""

    calls_s: float
    rollouts_s: float
    p50_s: float | None = None
    p99_s: float | None = None


class Observing(Generic[Ask]):
    """Looks four times a second, until it is closed."""

    def __init__(self, recorder: Recorder[Ask], metrics: EngineMetrics, observe: Observe) -> None:
        self.sights: list[Sight] = []
        self.metrics = metrics
        self._recorder = recorder
        self._observe = observe
        self._health = SelfWatch()
        self._phase: Phase | None = None
        self._phases: int | None = None
        self._rollouts: list[tuple[float, int]] = [(0.0, 0)]
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._look()), loop.create_task(metrics.poll())]

    def begins(self, phase: Phase, phases: int | None) -> None:
        """Take note of a new phase, the how-manieth `recorder.phase` knows."""
        self._phase, self._phases = phase, phases

    async def aclose(self) -> None:
        """Stop looking."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._health.aclose()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            health = self._health.read()
            recorder, engine = self._recorder, self.metrics.last
            at, queue = recorder.now(), (engine.running, engine.waiting)
            self.sights.append(
                Sight(at, health.cpu, health.lag_s, recorder.in_flight, *queue, self.metrics.cpu)
            )
            self._rollouts = [*self._rollouts[-round(RECENT_S / LOOK_S) :], (at, recorder.rollouts)]
            if self._phase is not None:
                self._observe(self._progress(self._phase, at, health))

    def _progress(self, phase: Phase, at: float, health: Health) -> Progress:
        recorder = self._recorder
        found = recent(recorder.records, at, self._rollouts)
        return Progress(
            at=at,
            number=recorder.phase,
            phases=self._phases,
            shape=phase.shape,
            load=phase.load,
            repeat=phase.repeat,
            warming=at < phase.warm,
            left_s=None if math.isinf(phase.end) else max(0.0, phase.end - at),
            rollouts=recorder.rollouts,
            rollouts_s=found.rollouts_s,
            calls_s=found.calls_s,
            p50_s=found.p50_s,
            p99_s=found.p99_s,
            in_flight=recorder.in_flight,
            waiting=self.metrics.last.waiting,
            failures=recorder.failures,
            cpu=health.cpu,
            lag_s=health.lag_s,
        )


def recent(records: Sequence[Record], at: float, rollouts: Sequence[tuple[float, int]]) -> Recent:
    """Figures of the last seconds, from the last records and the counts of rollouts at some moments."""
    (then, before), (now, done) = rollouts[0], rollouts[-1]
    span = max(now - then, 1e-9)
    latencies: list[float] = []
    oldest = at
    for record in reversed(records[-MOST_RECENT:]):
        if record.done < at - RECENT_S:
            break
        latencies.append(record.latency)
        oldest = record.done
    if not latencies:
        return Recent(0.0, (done - before) / span)
    latencies.sort()
    calls_s = len(latencies) / max(at - oldest, LOOK_S)
    p50, p99 = (latencies[min(len(latencies) - 1, int(share * len(latencies)))] for share in (0.5, 0.99))
    return Recent(calls_s, (done - before) / span, p50, p99)
