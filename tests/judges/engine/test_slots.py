import asyncio
import math
from collections import Counter
from collections.abc import Iterable
from random import Random
from statistics import median

import pytest

from judges.backend import BackendError
from judges.caller import Caller
from judges.engine.fleet import Fleet
from judges.engine.job import FleetOptions
from judges.engine.replica import Replica
from rubrics.cause import Cause
from tests.judges.engine.fleets import cancelled, fleet_of, job, lasting, named, now, soon, virtually

FOREVER = lasting(1e6)


def started(
    fleet: Fleet,
    calls: int,
    caller: Caller | None = None,
    route: bytes = b"",
    seconds: float = 1e6,
    size: int = 0,
) -> list[asyncio.Task[str]]:
    caller = caller or Caller(math.inf)
    work = job(lasting(seconds), caller, route, size=size)
    return [asyncio.create_task(fleet.run(work)) for _ in range(calls)]


def in_flight(fleet: Fleet) -> list[int]:
    return [replica.in_flight for replica in fleet.replicas]


def assert_at_rest(fleet: Fleet) -> None:
    assert in_flight(fleet) == [0] * len(fleet.replicas)
    assert (fleet.slots.waiting, fleet.slots._waiting_bytes) == (0, 0)
    assert not any(replica.queue._lanes or replica.races for replica in fleet.replicas)
    assert not fleet.slots.homes._calls


# -- bounds ------------------------------------------------------------------------------------------


@virtually
async def test_p14_the_line_is_bounded_by_count_and_says_so_at_once() -> None:
    fleet = fleet_of("a", slots=2, limits=FleetOptions(max_waiting=3))
    tasks = started(fleet, 5)
    await soon()
    assert fleet.slots.full
    before = now()
    with pytest.raises(BackendError, match="3 calls are waiting for the judge") as refusal:
        await fleet.run(job(FOREVER))
    assert now() == before
    assert refusal.value.cause is Cause.JUDGE_OVERLOADED
    await cancelled(tasks[-1:])
    tasks += started(fleet, 1)  # there is room again, for one
    await soon()
    assert fleet.slots.waiting == 3
    await cancelled(tasks)
    assert_at_rest(fleet)


@virtually
async def test_p14_the_line_is_bounded_by_bytes() -> None:
    fleet = fleet_of("a", slots=1, limits=FleetOptions(max_waiting_bytes=250))
    tasks = started(fleet, 4, size=100)
    await soon()
    with pytest.raises(BackendError, match="waiting for the judge"):
        await fleet.run(job(FOREVER, size=100))
    await cancelled(tasks[-1:])
    tasks += started(fleet, 1, size=100)
    await soon()
    assert fleet.slots.waiting == 3
    await cancelled(tasks)
    assert_at_rest(fleet)


# -- cancellation ------------------------------------------------------------------------------------


@virtually
async def test_p13_a_call_in_line_can_be_cancelled_and_leaves_nothing() -> None:
    fleet = fleet_of("a", slots=4)
    tasks = started(fleet, 10)
    await soon()
    assert fleet.slots.waiting == 6
    await cancelled(tasks[4:])
    assert (fleet.slots.waiting, in_flight(fleet)) == (0, [4])
    await cancelled(tasks)
    assert_at_rest(fleet)


@virtually
async def test_p13_a_slot_granted_to_a_call_that_is_cancelled_at_that_moment_goes_to_the_next() -> None:
    fleet = fleet_of("a", slots=1)
    first, second, third = started(fleet, 3)
    await soon()
    first.cancel()
    await asyncio.sleep(0)  # it ends, and its slot is granted to the second
    assert fleet.slots.waiting == 1
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await soon()
    assert second.cancelled()
    assert (fleet.slots.waiting, in_flight(fleet)) == (0, [1])
    await cancelled([third])
    assert_at_rest(fleet)


@pytest.mark.parametrize("seed", range(20))
@virtually
async def test_p13_no_slot_is_lost_to_cancellations_at_any_moment(seed: int) -> None:
    random = Random(seed)
    fleet = fleet_of("a", "b", slots=3)
    tasks: list[asyncio.Task[str]] = []
    for _ in range(200):
        route = b"%d" % random.randrange(6)
        tasks += started(fleet, random.randrange(3), route=route, seconds=random.choice([0.0, 0.01, 0.1]))
        for task in random.sample(tasks, min(2, len(tasks))):
            task.cancel()
        await asyncio.sleep(random.choice([0.0, 0.0, 0.01]))
        assert all(replica.in_flight <= 3 for replica in fleet.replicas)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert_at_rest(fleet)
    assert sum(not task.cancelled() for task in tasks) > 20


# -- fairness and order ------------------------------------------------------------------------------


async def ended(tasks: Iterable[asyncio.Task[str]]) -> float:
    await asyncio.gather(*tasks)
    return now()


@virtually
async def test_p14_a_small_caller_does_not_wait_behind_a_big_one() -> None:
    fleet = fleet_of("a", slots=8)
    begun = now()
    big = started(fleet, 800, Caller(begun + 60.0), seconds=0.1)
    await asyncio.sleep(1.0)
    small = started(fleet, 12, Caller(begun + 600.0), seconds=0.1)  # its deadline is no help to it
    arrived = now()
    assert await ended(small) - arrived <= 0.1 * (1 + 12 / 4) + 0.01  # half of the slots are its own
    assert await ended(big) - begun == pytest.approx(0.1 * 812 / 8, rel=0.05)


@virtually
async def test_p14_the_median_group_is_done_before_60_percent_of_the_step() -> None:
    fleet, caller = fleet_of("a", "b", slots=16), Caller(math.inf)
    begun = now()
    waits = [
        asyncio.create_task(ended(started(fleet, 40, caller, b"%d" % number, 0.1))) for number in range(64)
    ]
    ends = sorted(time - begun for time in await asyncio.gather(*waits))
    assert median(ends) <= 0.6 * ends[-1]
    assert ends[-1] <= 1.15 * 64 * 40 * 0.1 / 32  # and no slot is idle meanwhile


# -- groups and replicas -----------------------------------------------------------------------------


@virtually
async def test_groups_stay_together_and_load_is_balanced() -> None:
    names = [f"replica-{number}" for number in range(8)]
    fleet, caller = fleet_of(*names, slots=16), Caller(math.inf)
    begun = now()
    groups = [started(fleet, 40, caller, b"%d" % number, 0.1) for number in range(128)]
    places = [Counter(await asyncio.gather(*group)) for group in groups]
    assert sum(map(len, places)) <= 1.2 * 128  # prefixes computed, of 128 that there are
    load = sum(places, Counter[str]())
    assert max(load.values()) <= 1.25 * load.total() / 8
    assert now() - begun <= 1.3 * 128 * 40 * 0.1 / (8 * 16)


@virtually
async def test_an_idle_replica_takes_over_a_whole_group() -> None:
    fleet, caller = fleet_of("a", "b", slots=2), Caller(math.inf)
    b = named(fleet, "b")
    b.health.eject("failing")
    groups = [started(fleet, 6, caller, b"%d" % number, 1.0) for number in range(4)]
    await soon()
    assert b.calls == 0
    b.health.reason = None
    await asyncio.sleep(1.5)
    assert b.in_flight == 2
    await asyncio.gather(*(task for group in groups for task in group))
    places = [{task.result() for task in group} for group in groups]
    assert {"b"} in places
    assert places[0] == {"a"}  # the group that is being served stays
    assert_at_rest(fleet)


@virtually
async def test_a_single_big_group_uses_every_replica() -> None:
    fleet = fleet_of("a", "b", slots=4)
    begun = now()
    tasks = started(fleet, 400, route=b"group", seconds=0.1)
    served = Counter(await asyncio.gather(*tasks))
    assert min(served.values()) >= 120
    assert now() - begun <= 1.35 * 400 * 0.1 / 8


@virtually
async def test_calls_without_a_group_use_every_replica() -> None:
    fleet = fleet_of("a", "b", "c", slots=4)
    begun = now()
    served = Counter(await asyncio.gather(*started(fleet, 600, seconds=0.1)))
    assert min(served.values()) >= 150
    assert now() - begun <= 1.2 * 600 * 0.1 / 12


# -- nobody is stuck ---------------------------------------------------------------------------------


@virtually
async def test_calls_of_a_replica_that_asked_to_be_left_alone_go_to_an_idle_one() -> None:
    fleet = fleet_of("a", "b", slots=4)
    a = named(fleet, "a")
    a.paused_until = now() + 300.0
    begun = now()
    routes = [b"%d" % number for number in range(8)]
    served = await asyncio.gather(*(task for r in routes for task in started(fleet, 2, route=r, seconds=0.1)))
    assert set(served) == {"b"}
    assert now() - begun < 5.0


@virtually
async def test_a_call_waits_for_the_only_replica_to_open_again() -> None:
    fleet = fleet_of("a", slots=4)
    fleet.replicas[0].paused_until = now() + 3.0
    begun = now()
    await asyncio.gather(*started(fleet, 3, seconds=0.1))
    assert now() - begun == pytest.approx(3.1)


@virtually
async def test_requests_per_minute_are_kept_and_everybody_is_served() -> None:
    fleet = fleet_of("a", limits=FleetOptions(requests_per_minute=60))
    begun = now()
    times: list[float] = []

    async def work(replica: Replica) -> str:
        times.append(now() - begun)
        return replica.name

    await asyncio.gather(*(fleet.run(job(work)) for _ in range(150)))
    assert all(sum(start <= time < start + 60.0 for time in times) <= 60 for start in times)
    assert times[-1] == pytest.approx(150.0, rel=0.05)


@virtually
async def test_tokens_per_minute_are_kept() -> None:
    fleet = fleet_of("a", limits=FleetOptions(tokens_per_minute=6_000))
    begun = now()
    times: list[float] = []

    async def work(replica: Replica) -> str:
        times.append(now() - begun)
        return replica.name

    await asyncio.gather(*(fleet.run(job(work, tokens=500)) for _ in range(30)))
    assert all(sum(start <= time < start + 60.0 for time in times) <= 12 + 1 for start in times)
    assert times[-1] == pytest.approx(30 * 500 / 100, rel=0.1)


@virtually
async def test_p17_calls_in_line_leave_a_replica_that_is_out_and_wait_where_none_is_left() -> None:
    fleet = fleet_of("a", "b", slots=4)
    a, b = fleet.replicas
    tasks = [task for number in range(8) for task in started(fleet, 4, route=b"%d" % number)]
    await soon()
    in_line = fleet.slots.waiting
    a.health.eject("failing")
    fleet.slots.scatter(a)
    assert (len(a.queue), len(b.queue)) == (0, in_line)
    b.health.eject("failing")
    fleet.slots.scatter(b)
    assert (len(a.queue), len(b.queue)) == (0, in_line)
    a.health.reason = None
    fleet.slots.pump_all()
    assert (len(a.queue), len(b.queue)) == (in_line, 0)
    await cancelled(tasks)
    assert_at_rest(fleet)


@virtually
async def test_time_in_line_is_counted_for_the_caller_cancelled_or_not() -> None:
    fleet, caller = fleet_of("a", slots=1), Caller(math.inf)
    tasks = started(fleet, 3, caller, seconds=2.0)
    await asyncio.sleep(3.0)
    await cancelled(tasks)
    assert caller.tally.queue_s == pytest.approx(0.0 + 2.0 + 3.0)
    assert caller.waiting == 0


@virtually
async def test_where_a_group_is_is_forgotten_with_its_last_call() -> None:
    fleet = fleet_of("a", "b")
    routes = [b"%d" % number for number in range(10)]
    await asyncio.gather(*(task for r in routes for task in started(fleet, 3, route=r, seconds=0.1)))
    assert_at_rest(fleet)
    assert not fleet.slots.homes._homes
