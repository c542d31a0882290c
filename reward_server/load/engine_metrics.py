"""What the server under test says of itself at `/metrics`, where it has such a page.

vLLM, the simulated judge and the reward server are known. Everything else says nothing, and that is None: a
page that is missing, slow, too long or garbled never ends a load test.
"""

import asyncio
import math
from collections.abc import Iterator, Mapping
from http import HTTPStatus

import msgspec

from judges.backend import BackendError
from judges.probe.get import get
from reward_server.load.record import EngineTokens

POLL_S = 1.0
TIMEOUT_S = 2.0
MOST_LINES = 20_000
MOST_MISSES = 3
"""Polls without a page after which nobody asks any more, unless one has answered before."""

_RUNNING = ("vllm:num_requests_running", "gavel_sim_requests_in_flight", "gavel_judge_replica_in_flight")
_WAITING = ("vllm:num_requests_waiting", "gavel_sim_requests_queued", "gavel_judge_replica_waiting")
_PROMPT = ("vllm:prompt_tokens_total", "gavel_sim_prompt_tokens_total")
_CACHED = ("vllm:prefix_cache_hits_total", "gavel_sim_cached_tokens_total")
_COMPLETION = ("vllm:generation_tokens_total", "gavel_sim_decode_tokens_total")
_OLD = {
    "vllm:prompt_tokens": "vllm:prompt_tokens_total",
    "vllm:prefix_cache_hits": "vllm:prefix_cache_hits_total",
    "vllm:generation_tokens": "vllm:generation_tokens_total",
}
"""Counters as they are called where the exporter adds no `_total`."""
_CPU = "process_cpu_seconds_total"
_KNOWN = frozenset({_CPU, *_RUNNING, *_WAITING, *_PROMPT, *_CACHED, *_COMPLETION, *_OLD})


class EngineState(msgspec.Struct, frozen=True):
    """The engine at one moment; None where it does not say."""

    running: int | None = None
    waiting: int | None = None
    tokens: EngineTokens = EngineTokens()
    """Counted since it started."""
    cpu_s: float | None = None
    """CPU time of its process since that started."""


NOTHING = EngineState()


class EngineMetrics:
    """Reads the page, now and then or when asked."""

    def __init__(self, url: str | None, headers: Mapping[str, str]) -> None:
        self.last = NOTHING
        """What was read last."""
        self.cpu: float | None = None
        """Share of one core that the process used between the last two pages; None where not known."""
        self._cpu_at: tuple[float, float] | None = None
        self._url = url
        self._headers = headers
        self._misses = 0
        self._answered = False

    async def read(self) -> EngineState:
        """What the page says now."""
        if self._url is None or (self._misses >= MOST_MISSES and not self._answered):
            return NOTHING
        try:
            page = await get(self._url, self._headers, timeout_s=TIMEOUT_S)
        except (BackendError, OSError, ValueError):
            return self._missed()
        if page.status != HTTPStatus.OK:
            return self._missed()
        self._answered = True
        self.last = state_of(page.body)
        self._note_cpu(self.last.cpu_s)
        return self.last

    def _note_cpu(self, cpu_s: float | None) -> None:
        now, before = asyncio.get_running_loop().time(), self._cpu_at
        if cpu_s is None or before is None or now <= before[0]:
            self.cpu = None
        else:
            self.cpu = max(0.0, cpu_s - before[1]) / (now - before[0])
        self._cpu_at = None if cpu_s is None else (now, cpu_s)

    async def poll(self) -> None:
        """Read it every second until cancelled."""
        while True:
            await self.read()
            await asyncio.sleep(POLL_S)

    def _missed(self) -> EngineState:
        self._misses += 1
        self.last = NOTHING
        return NOTHING


def state_of(page: bytes) -> EngineState:
    """What a page in Prometheus' text format says; sums over labels."""
    sums: dict[str, float] = {}
    for name, value in _samples(page):
        known = _OLD.get(name, name)
        sums[known] = sums.get(known, 0.0) + value
    tokens = EngineTokens(_of(sums, _PROMPT), _of(sums, _CACHED), _of(sums, _COMPLETION))
    return EngineState(_of(sums, _RUNNING), _of(sums, _WAITING), tokens, sums.get(_CPU))


def between(before: EngineTokens, after: EngineTokens) -> EngineTokens:
    """What was counted meanwhile; None where one side is not known, or the engine started again."""
    return EngineTokens(
        _less(before.prompt, after.prompt),
        _less(before.cached, after.cached),
        _less(before.completion, after.completion),
    )


def _samples(page: bytes) -> Iterator[tuple[str, float]]:
    lines = page.split(b"\n", MOST_LINES)[:MOST_LINES]
    for line in lines:
        name = line.partition(b"{")[0].partition(b" ")[0].decode("latin-1")
        if name in _KNOWN:
            value = _number(line.rpartition(b"}")[2] if b"}" in line else line.partition(b" ")[2])
            if value is not None:
                yield name, value


def _number(text: bytes) -> float | None:
    try:
        value = float(text.split()[0])
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _of(sums: Mapping[str, float], names: tuple[str, ...]) -> int | None:
    return next((int(sums[name]) for name in names if name in sums), None)


def _less(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None or after < before else after - before
