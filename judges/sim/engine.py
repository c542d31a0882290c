"""Slots, queue and clock: the only place where the simulated judge waits on purpose.

An exact queue. A call that waited begins when the call before it should have ended, not when a timer happened
to fire, so what timers are late by does not add up.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

import msgspec

from judges.sim.clock import Clock, EngineClock, LoopClock, Timer
from judges.sim.counters import Counters
from judges.sim.jitter import factors
from judges.sim.latency import LatencyModel, count_tokens
from judges.sim.options import SimOptions
from judges.sim.prefix_cache import PrefixCache

TICK_S = 0.0005
"""Calls that end within this time end together: the event loop's timers count whole milliseconds."""


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one call; `cached_tokens` is the part of the prompt that was not computed."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


@dataclass(slots=True, eq=False)
class Job:
    """A call in the engine."""

    prompt: bytes
    output_tokens: int
    done: Callable[[Usage], None]
    usage: Usage | None = None
    """Once it has a slot."""
    counted: float = 0.0
    """Up to when its time in a slot has been counted."""
    end: float = 0.0
    over: bool = False
    """Whether it has ended, or its client has left."""


class Engine:
    """Serves up to `slots` calls at once, the rest first come first served."""

    def __init__(
        self, options: SimOptions, counters: Counters, clock: Clock | None = None, number: int = 1
    ) -> None:
        self._latency = LatencyModel(options.ttft, options.prefill_tps, options.decode_tps, options.speed)
        self._jitter = factors(options.jitter, f"{options.seed}:{number}")
        self._cache = PrefixCache(options.cache_blocks) if options.prefix_cache else None
        self._slots = options.slots
        self._counters = counters
        self._clock = EngineClock(clock or LoopClock())
        self._waiting: deque[Job] = deque()
        self._running: list[tuple[float, int, Job]] = []
        """A heap, by when they end."""
        self._order = count()
        self._timer: Timer | None = None
        self._alarm = 0.0
        self._turning = False

    def submit(self, prompt: bytes, output_tokens: int, done: Callable[[Usage], None]) -> Job:
        """Take a call in; `done` is called at its end, possibly before this returns."""
        if self._running and self._running[0][0] <= self._clock.now():
            self._turn()
        job = Job(prompt, output_tokens, done)
        counters = self._counters
        if counters.queued == 0 and counters.in_flight < self._slots:
            self._begin(job, self._clock.now())
        else:
            self._waiting.append(job)
            counters.queued += 1
        self._turn()
        return job

    def leave(self, job: Job) -> None:
        """Let a call go whose client has left: its slot, or its place in the queue, is free at once."""
        if job.over:
            return
        job.over = True
        if job.usage is None:
            self._counters.queued -= 1
            return
        self._count(job)
        self._counters.in_flight -= 1
        self._fill(self._clock.now())
        self._turn()

    def stall(self, seconds: float) -> None:
        """Stand still: nothing begins, goes on or ends. Calls take so much longer."""
        self._turn()
        self._clock.stall(seconds)

    def count(self) -> None:
        """Count the time that running calls have held their slots so far."""
        for _, _, job in self._running:
            if not job.over:
                self._count(job)

    # -- in and out of slots ---------------------------------------------------------------------------

    def _begin(self, job: Job, at: float) -> None:
        counters = self._counters
        job.usage = usage = self._admit(job)
        seconds = self._latency.service_time(
            usage.prompt_tokens - usage.cached_tokens, usage.completion_tokens
        )
        job.counted, job.end = at, at + seconds * (self._jitter() if self._jitter else 1.0)
        heapq.heappush(self._running, (job.end, next(self._order), job))
        counters.in_flight += 1
        counters.peak_in_flight = max(counters.peak_in_flight, counters.in_flight)

    def _admit(self, job: Job) -> Usage:
        cached = 0 if self._cache is None else self._cache.admit(job.prompt)
        usage = Usage(count_tokens(job.prompt), cached, job.output_tokens)
        job.prompt = b""
        self._counters.prompt_tokens += usage.prompt_tokens
        self._counters.cached_tokens += usage.cached_tokens
        return usage

    def _fill(self, at: float) -> None:
        """Give the slot that is free since `at` to the first that waits."""
        while self._waiting and self._counters.in_flight < self._slots:
            job = self._waiting.popleft()
            if not job.over:
                self._counters.queued -= 1
                self._begin(job, at)
                return

    def _finish(self, job: Job) -> None:
        counters = self._counters
        job.over = True
        counters.slot_seconds += job.end - job.counted
        counters.in_flight -= 1
        counters.decode_tokens += job.output_tokens
        assert job.usage is not None
        job.done(job.usage)

    def _count(self, job: Job) -> None:
        until = min(self._clock.now(), job.end)
        self._counters.slot_seconds += max(0.0, until - job.counted)
        job.counted = max(until, job.counted)

    # -- time ------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        """End what is due, begin what waited for it, and see to it that this happens again in time."""
        if self._turning:
            return
        self._turning = True
        while not self._clock.stalled and (ended := self._due()):
            for job in ended:
                self._finish(job)
            for job in ended:
                self._fill(job.end)
        self._turning = False
        self._set_alarm()

    def _due(self) -> Sequence[Job]:
        running, limit = self._running, self._clock.now() + TICK_S
        ended: list[Job] = []
        while running and running[0][0] <= limit:
            job = heapq.heappop(running)[2]
            if not job.over:
                ended.append(job)
        return ended

    def _set_alarm(self) -> None:
        if not self._running:
            return
        at = self._running[0][0]
        if self._timer is not None:
            if at >= self._alarm:
                return
            self._timer.cancel()
        self._alarm = at
        self._timer = self._clock.call_at(at, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._turn()
