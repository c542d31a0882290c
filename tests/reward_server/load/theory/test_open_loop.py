"""Open loads against queueing theory, and a stall that nobody overlooks.

A Poisson load of some seconds is one sample of a queue: its mean wait is far from the theory's. So there are
two steps. What was measured is held against the same arrivals and service times in an exact queue, call by
call, within what a machine adds to a call. And their mean is held against the closed form within three
standard deviations of such means, which many simulated runs of the same length give.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import fmean, stdev

import aiohttp
import pytest

from judges.sim.jitter import factors
from reward_server.load.arrivals import poisson
from reward_server.load.driver import drive
from reward_server.load.figures.quantiles import nearest_rank
from reward_server.load.figures.summary import report
from reward_server.load.record import Record, Run
from reward_server.load.schedule import Schedule
from tests.processes import start_sim
from tests.reward_server.load.theory.queueing import ends, wait_mdc, wait_mgc, wait_mmc
from tests.reward_server.load.theory.settings import Setting, options

pytestmark = pytest.mark.soak

SERVERS, SERVICE, RATE = 4, 0.1, 34.0
"""85 % of what four servers can do."""
SECONDS = 12.0
OVERHEAD_S = 0.015
"""What client, HTTP and timers may add to a call of 100 ms, on a machine with other work."""
RUNS = 400
TRIES = 3

Theory = Callable[[int, float, float], float]


@dataclass(frozen=True)
class Queue:
    name: str
    jitter: str
    theory: Theory

    @property
    def setting(self) -> Setting:
        return Setting(self.name, options(slots=SERVERS, ttft=SERVICE, jitter=self.jitter, seed=5))

    def services(self, seed: str, calls: int) -> list[float]:
        factor = factors(self.jitter, seed)
        return [SERVICE * (factor() if factor else 1.0) for _ in range(calls)]

    def exact(self, arrivals: Sequence[float], seed: str) -> float:
        """Mean latency in an exact queue."""
        ended = ends(arrivals, self.services(seed, len(arrivals)), SERVERS)
        return fmean(end - arrived for end, arrived in zip(ended, arrivals, strict=True))


QUEUES = [
    Queue("M/D/c", "none", wait_mdc),
    Queue("M/M/c", "exponential", wait_mmc),
    # a lognormal of width 0.5: the squared coefficient of variation is e^0.25 - 1 = 0.284
    Queue("M/G/c", "lognormal:0.5", lambda c, s, rate: wait_mgc(c, s, rate, 0.284)),
]
POISSON = Schedule(shape="poisson", loads=[RATE], seconds=SECONDS, warmup_s=0.0)


async def loaded(queue: Queue) -> Run:
    with start_sim(*queue.setting.flags) as sim:
        return await drive(queue.setting.target(sim.base_url), POISSON, seed=3)


async def all_loaded() -> Sequence[Run]:
    for _ in range(TRIES):
        found = await asyncio.gather(*(loaded(queue) for queue in QUEUES))
        if not any(phase.client_limited for run in found for phase in report(run).phases):
            break
    return found


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return dict(zip((queue.name for queue in QUEUES), asyncio.run(all_loaded()), strict=True))


each_queue = pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)


@each_queue
def test_latency_is_that_of_the_exact_queue(queue: Queue, runs: dict[str, Run]) -> None:
    records = sorted(runs[queue.name].records, key=lambda record: record.due)
    measured = fmean(record.latency for record in records)
    exact = queue.exact([record.due for record in records], "5:1")
    assert exact - 0.001 <= measured <= exact + OVERHEAD_S


@each_queue
def test_latency_is_that_of_queueing_theory(queue: Queue, runs: dict[str, Run]) -> None:
    (figures,) = report(runs[queue.name]).phases
    assert figures.latency is not None
    means = [queue.exact(poisson(RATE, SECONDS, f"{n}"), f"{n}:1") for n in range(RUNS)]
    # A run that begins empty has waits below those of the steady state, for as long as the queue fills.
    assert fmean(means) == pytest.approx(SERVICE + queue.theory(SERVERS, SERVICE, RATE), rel=0.1)
    assert abs(figures.latency.mean - fmean(means)) <= 3 * stdev(means) + OVERHEAD_S


def test_the_queues_differ_by_more_than_the_tolerance(runs: dict[str, Run]) -> None:
    """Or the tests above would take one for the other: the measured mean is near its own exact queue only."""
    for queue in QUEUES:
        records = sorted(runs[queue.name].records, key=lambda record: record.due)
        measured = fmean(record.latency for record in records)
        arrivals = [record.due for record in records]
        others = [other.exact(arrivals, "5:1") for other in QUEUES if other is not queue]
        assert min(abs(measured - other) for other in others) > OVERHEAD_S


# -- a stall -------------------------------------------------------------------------------------------

STALL_S, AT, STALLED_FOR = 1.0, 3.0, 8.0
QUICK = Setting("stalls", options(slots=64, ttft=0.02))


@asynccontextmanager
async def stalling(url: str) -> AsyncIterator[None]:
    """A judge that stands still for a second, three seconds from now."""

    async def stall() -> None:
        await asyncio.sleep(AT)
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            await session.post(f"{url.removesuffix('/v1')}/sim/stall", json={"seconds": STALL_S})

    task = asyncio.create_task(stall())
    yield
    await task


def p99(records: Sequence[Record]) -> float:
    return nearest_rank(sorted(record.latency for record in records), 0.99)


async def stalled(schedule: Schedule) -> Sequence[Record]:
    with start_sim(*QUICK.flags) as sim:
        async with stalling(sim.base_url):
            return (await drive(QUICK.target(sim.base_url), schedule)).records


async def test_a_stall_shows_in_p99_of_an_open_load_and_not_of_a_closed_one() -> None:
    """A closed loop of 4 calls in flight meets the stall with 4 of its 1,200 calls, and reports that all is
    well; of an open load of 50 calls/s, 50 of 400 are due in that second (12.5 %)."""
    plain = Schedule(shape="constant", loads=[50.0], seconds=STALLED_FOR, warmup_s=0.0)
    opened, closed = await asyncio.gather(
        stalled(plain), stalled(Schedule(loads=[4], seconds=STALLED_FOR, warmup_s=0.0))
    )
    # calls due in the stall wait for what is left of it; 1 % of all, 4 calls, are due in its first 0.08 s
    assert p99(opened) == pytest.approx(STALL_S - 0.08 + 0.02, abs=0.15)
    # half of them wait for more than half of it, and a few more while those that waited are served
    late = sum(record.latency > 0.5 for record in opened)
    assert 0.055 <= late / len(opened) <= 0.1
    # what a coordinated load tester reports: latency from when a call was sent, and few calls were
    assert max(record.latency for record in closed) == pytest.approx(STALL_S, abs=0.1)
    assert sum(record.latency > 0.5 for record in closed) == pytest.approx(4, abs=2)
    assert p99(closed) < 0.2
