"""A server under test that is only arithmetic, for load tests in virtual time."""

import asyncio
from collections.abc import Sequence

from judges import clock
from reward_server.load.call import Answer, Arrival, Client
from reward_server.load.driver import drive
from reward_server.load.record import Record, Run, Target
from reward_server.load.schedule import Schedule
from tests.judges.virtual_time import simulate


class StandIn:
    """Serves `slots` calls at once, `seconds` each; stands still from `stall[0]` to `stall[1]`."""

    metrics_url = None
    rollouts_each = 1

    def __init__(
        self,
        seconds: float = 0.1,
        *,
        slots: int = 10_000,
        questions: int = 1,
        group_size: int = 1,
        stall: tuple[float, float] | None = None,
        fails_every: int = 0,
    ) -> None:
        self.metrics_headers: dict[str, str] = {}
        self.notes: Sequence[str] = ()
        self.described = Target("judge", "http://judge", questions=questions, group_size=group_size)
        self.clients: list[StandInClient] = []
        self.most = 0
        """The most calls that were ever under way."""
        self.seconds = seconds
        self.stall = stall
        self.fails_every = fails_every
        self.calls = 0
        self.under_way = 0
        self._slots = slots
        self._questions = questions
        self._group_size = group_size
        self._rollouts = 0

    async def open(self) -> None:
        self.slots = asyncio.Semaphore(self._slots)
        self.began = clock.now()

    def client(self, number: int) -> Client[int]:
        self.clients.append(StandInClient(self))
        return self.clients[number]

    def next(self) -> Arrival[int]:
        number, self._rollouts = self._rollouts, self._rollouts + 1
        asks = range(self._questions)
        return Arrival(number, number // self._group_size, 1, asks, len(asks))


class StandInClient:
    def __init__(self, server: StandIn) -> None:
        self.calls = 0
        self.closed = False
        self._server = server

    async def send(self, ask: int) -> Answer[int]:  # noqa: ARG002 - every call is the same
        server = self._server
        self.calls += 1
        server.calls += 1
        number = server.calls
        server.under_way += 1
        server.most = max(server.most, server.under_way)
        try:
            await self._serve()
        finally:
            server.under_way -= 1
        failed = bool(server.fails_every) and number % server.fails_every == 0
        return (
            Answer(cause="judge_error", unscored=1)
            if failed
            else Answer(1, prompt_tokens=100, cached_tokens=40)
        )

    async def aclose(self) -> None:
        self.closed = True

    async def _serve(self) -> None:
        server = self._server
        async with server.slots:
            at = clock.now() - server.began
            if server.stall is not None and server.stall[0] <= at < server.stall[1]:
                await asyncio.sleep(server.stall[1] - at)
            await asyncio.sleep(server.seconds)


def run(server: StandIn, schedule: Schedule, *, seed: int = 0) -> Run:
    """A load test in virtual time."""
    return simulate(drive(server, schedule, seed=seed))


def p99(records: Sequence[Record]) -> float:
    latencies = sorted(record.latency for record in records)
    return latencies[int(0.99 * len(latencies))]
