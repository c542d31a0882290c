"""Slots, queue and clock: the only place where the simulated judge waits on purpose."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from judges.sim.counters import Counters
from judges.sim.latency import LatencyModel, count_tokens
from judges.sim.options import SimOptions
from judges.sim.prefix_cache import PrefixCache

Sleep = Callable[[float], Awaitable[object]]


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one call; `cached_tokens` is the part of the prompt that was not computed."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


class Engine:
    """Serves up to `slots` calls at once, the rest first come first served.

    A call that is cancelled, queued or running, gives its place up at once.
    """

    def __init__(self, options: SimOptions, counters: Counters, sleep: Sleep = asyncio.sleep) -> None:
        self._latency = LatencyModel(options.ttft, options.prefill_tps, options.decode_tps)
        self._cache = PrefixCache(options.cache_blocks) if options.prefix_cache else None
        self._slots = asyncio.Semaphore(options.slots)
        self._counters = counters
        self._sleep = sleep

    async def generate(self, prompt: bytes, output_tokens: int) -> Usage:
        """Wait for a slot, hold it for the service time, and account for the tokens."""
        await self._acquire()
        try:
            usage = self._admit(prompt, output_tokens)
            await self._compute(usage)
        finally:
            self._counters.in_flight -= 1
            self._slots.release()
        return usage

    async def _acquire(self) -> None:
        counters = self._counters
        counters.queued += 1
        try:
            await self._slots.acquire()
        finally:
            counters.queued -= 1
        counters.in_flight += 1
        counters.peak_in_flight = max(counters.peak_in_flight, counters.in_flight)

    def _admit(self, prompt: bytes, output_tokens: int) -> Usage:
        cached = 0 if self._cache is None else self._cache.admit(prompt)
        usage = Usage(count_tokens(prompt), cached, output_tokens)
        self._counters.prompt_tokens += usage.prompt_tokens
        self._counters.cached_tokens += usage.cached_tokens
        return usage

    async def _compute(self, usage: Usage) -> None:
        seconds = self._latency.service_time(
            usage.prompt_tokens - usage.cached_tokens, usage.completion_tokens
        )
        if seconds > 0:
            await self._sleep(seconds)
        self._counters.decode_tokens += usage.completion_tokens
