"""Judges as discrete-event models, and a client that keeps as many calls in flight as a limiter allows.

Time is virtual: a batch of thousands of calls takes milliseconds.
"""

import heapq
import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple, Protocol

NETWORK_S = 0.001
"""What a call takes besides the judge's work."""


class Allowance(Protocol):
    """What a client asks how many calls it may have in flight."""

    @property
    def limit(self) -> int: ...

    def ended(self, seconds: float, in_flight: int) -> None: ...


class Fixed:
    """A limit that somebody has tuned."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def ended(self, seconds: float, in_flight: int) -> None: ...


class Model(Protocol):
    """A judge. `work` is what a call takes: seconds for `Slots`, multiples of the usual for `Sharing`, tokens
    for `Steps`."""

    def start(self, now: float, call: int, work: float) -> None: ...

    def next(self) -> float:
        """When the next call is done."""

    def finish(self) -> int | None:
        """That call, or None where it was only a step on the way."""


class Slots:
    """A judge with a number of slots and a queue, first come first served."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._running: list[tuple[float, int, int]] = []
        self._waiting: deque[tuple[int, float]] = deque()
        self._count = count()

    def start(self, now: float, call: int, work: float) -> None:
        self._waiting.append((call, work))
        self._fill(now)

    def next(self) -> float:
        return self._running[0][0] if self._running else math.inf

    def finish(self) -> int:
        now, _, call = heapq.heappop(self._running)
        self._fill(now)
        return call

    def _fill(self, now: float) -> None:
        while self._waiting and len(self._running) < self.slots:
            call, work = self._waiting.popleft()
            heapq.heappush(self._running, (now + work, next(self._count), call))


class Sharing:
    """Continuous batching: each of n calls in flight takes `alone + each * n` seconds."""

    def __init__(self, alone: float, each: float) -> None:
        self._alone, self._each = alone, each
        self._done = self._now = 0.0
        self._running: list[tuple[float, int, int]] = []
        self._count = count()

    def _usual_s(self) -> float:
        return self._alone + self._each * len(self._running)

    def _advance(self, now: float) -> None:
        if self._running:
            self._done += (now - self._now) / self._usual_s()
        self._now = now

    def start(self, now: float, call: int, work: float) -> None:
        self._advance(now)
        heapq.heappush(self._running, (self._done + work, next(self._count), call))

    def next(self) -> float:
        if not self._running:
            return math.inf
        return self._now + max(0.0, self._running[0][0] - self._done) * self._usual_s()

    def finish(self) -> int:
        self._advance(self.next())
        return heapq.heappop(self._running)[2]


class Steps:
    """An engine that computes prompts in steps of so many tokens from so many calls, each token at a cost."""

    def __init__(self, step_s: float, token_s: float, tokens: int, calls: int) -> None:
        self._step_s, self._token_s, self._tokens, self._calls = step_s, token_s, tokens, calls
        self._waiting: deque[list[float]] = deque()
        self._ends = math.inf
        self._due: list[int] = []
        self._now = 0.0

    def start(self, now: float, call: int, work: float) -> None:
        self._waiting.append([call, work])
        if self._ends == math.inf and not self._due:
            self._begin(now)

    def _begin(self, now: float) -> None:
        left, taken = float(self._tokens), 0.0
        for entry in list(self._waiting)[: self._calls]:
            part = min(left, entry[1])
            entry[1] -= part
            left -= part
            taken += part
        self._ends = now + self._step_s + self._token_s * taken if taken else math.inf

    def next(self) -> float:
        return self._now if self._due else self._ends

    def finish(self) -> int | None:
        if not self._due:
            self._now = self._ends
            self._due = [int(call) for call, work in self._waiting if work <= 0]
            self._waiting = deque(entry for entry in self._waiting if entry[1] > 0)
            self._begin(self._now)
        return self._due.pop() if self._due else None


class Batch(NamedTuple):
    """What a batch of calls came to."""

    wall_s: float
    latencies: list[float]

    def quantile(self, q: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


class Client:
    """Sends batches to a judge, as a fleet would to one replica."""

    def __init__(self, judge: Model, refuses_above: int | None = None, busy_s: float = 0.0) -> None:
        self.judge = judge
        self.now = 0.0
        self.in_flight = 0
        self.refused = 0
        self._refuses_above = refuses_above
        self._busy_s = busy_s
        """What passes between a call's turn and its sending."""
        self._sent: list[tuple[float, int]] = []
        self._began: dict[int, float] = {}
        self._turned_away: list[int] = []

    def run(
        self, works: Sequence[float], limiter: Allowance, overloaded: Callable[[], None] | None = None
    ) -> Batch:
        """Send all calls as fast as the limiter allows."""
        started, latencies = self.now, list[float]()
        left = deque(range(len(works)))
        while left or self.in_flight:
            while left and self.in_flight < limiter.limit:
                self._send(left.popleft())
            call = self._step(works)
            if call is not None:
                latencies.append(self.now - self._began.pop(call))
                limiter.ended(latencies[-1], self.in_flight)
                self.in_flight -= 1
            while self._turned_away:
                left.append(self._turned_away.pop())
                self.in_flight -= 1
                self.refused += 1
                if overloaded is not None:
                    overloaded()
        return Batch(self.now - started, latencies)

    def _send(self, call: int) -> None:
        self._began[call] = self.now + self._busy_s
        self.in_flight += 1
        heapq.heappush(self._sent, (self._began[call] + NETWORK_S, call))

    def _step(self, works: Sequence[float]) -> int | None:
        if self._sent and self._sent[0][0] <= self.judge.next():
            self.now, call = heapq.heappop(self._sent)
            if self._refuses_above is not None and self.in_flight > self._refuses_above:
                self._turned_away.append(call)
                return None
            self.judge.start(self.now, call, works[call])
            return None
        self.now = max(self.now, self.judge.next())
        return self.judge.finish()


def jittered(seed: int, calls: int, *, usual: float, sigma: float, stragglers: float = 0.01) -> list[float]:
    """Log-normal work of mean `usual`; a share of stragglers takes five times as long."""
    draw = random.Random(seed)
    return [
        usual * draw.lognormvariate(-sigma * sigma / 2, sigma) * (5 if draw.random() < stragglers else 1)
        for _ in range(calls)
    ]


def grouped(seed: int, calls: int, *, usual: float, sigma: float, size: int = 32) -> list[float]:
    """Work that differs between groups of `size` calls, as prompt lengths do, more than within one."""
    draw = random.Random(seed)
    lengths = [draw.lognormvariate(0, sigma) for _ in range(calls // size + 1)]
    return [usual * lengths[call // size] * draw.lognormvariate(0, 0.1) for call in range(calls)]
