import asyncio
import math
from collections import Counter
from functools import partial
from random import Random

import pytest

from judges.backend import Backend, BackendError
from judges.caller import Caller
from judges.engine.fleet import LONGEST_PAUSE_S, Fleet
from judges.engine.replica import Replica
from judges.request import Prompt, Reply, Request, Shared
from rubrics.cause import Cause
from tests.judges.engine.fleets import (
    Fixed,
    Work,
    cancelled,
    fleet_of,
    job,
    lasting,
    named,
    now,
    nowhere,
    soon,
    virtually,
)

LIMITED = BackendError(Cause.JUDGE_RATE_LIMITED, "HTTP 429", retryable=True, retry_after=2.0)


def hedging(fleet: Fleet, seconds: float) -> Fleet:
    """With replicas whose calls take `seconds`, as far as is known: after three times that, they are slow."""
    for replica in fleet.replicas:
        replica.limiter = Fixed(1_000, seconds)
    return fleet


async def earn(fleet: Fleet, calls: int) -> None:
    await asyncio.gather(*(fleet.run(job(lasting(0.0))) for _ in range(calls)))


class Slow:
    """A call that takes long on one replica, or at its first attempt; it knows who gave up."""

    def __init__(self, *, on: str | None = None, seconds: float = 100.0) -> None:
        self._on = on
        self._seconds = seconds
        self.attempts: list[str] = []
        self.cancelled: list[str] = []

    async def __call__(self, replica: Replica) -> str:
        slow = replica.name == self._on if self._on else not self.attempts
        self.attempts.append(replica.name)
        try:
            await asyncio.sleep(self._seconds if slow else 0.1)
        except asyncio.CancelledError:
            self.cancelled.append(replica.name)
            raise
        return replica.name


# -- hedging -----------------------------------------------------------------------------------------


@virtually
async def test_p16_a_slow_call_is_made_again_elsewhere_and_the_loser_is_cancelled() -> None:
    fleet, caller, work = hedging(fleet_of("a", "b"), 0.1), Caller(math.inf), Slow()
    await earn(fleet, 40)
    begun = now()
    answer = await fleet.run(job(work, caller, b"group"))
    assert now() - begun == pytest.approx(0.4)  # three times 0.1 s, then 0.1 s
    assert work.attempts == [*work.cancelled, answer]
    assert len({*work.attempts}) == 2
    assert (caller.tally.calls, caller.tally.hedged) == (2, 1)
    await soon()
    assert [replica.in_flight for replica in fleet.replicas] == [0, 0]


@virtually
async def test_p16_a_hedge_that_loses_is_cancelled() -> None:
    fleet, work = hedging(fleet_of("a", "b"), 0.1), Slow(seconds=0.35)
    await earn(fleet, 40)
    answer = await fleet.run(job(work, route=b"group"))
    await soon()
    assert work.attempts == [answer, *work.cancelled]
    assert [replica.in_flight for replica in fleet.replicas] == [0, 0]


@virtually
async def test_p16_hedges_are_at_most_5_percent_however_many_calls_are_slow() -> None:
    random, fleet, attempts = Random(0), hedging(fleet_of("a", "b"), 0.1), Counter[str]()

    async def work(replica: Replica) -> str:
        attempts[replica.name] += 1
        await asyncio.sleep(2.0 if random.random() < 0.2 else 0.1)
        return replica.name

    callers = [Caller(math.inf) for _ in range(20)]
    for _ in range(50):
        await asyncio.gather(*(fleet.run(job(work, caller)) for caller in callers for _ in range(2)))
    extra = attempts.total() - 2_000
    assert 80 <= extra <= 100
    assert sum(caller.tally.hedged for caller in callers) == extra


@pytest.mark.parametrize("pressure", ["congested", "no room", "paused", "out"])
@virtually
async def test_p16_there_are_no_hedges_under_pressure_and_late_ones_when_it_is_over(pressure: str) -> None:
    fleet, work = hedging(fleet_of("a"), 0.1), Slow()
    replica = fleet.replicas[0]
    assert isinstance(replica.limiter, Fixed)
    await earn(fleet, 40)
    call = asyncio.create_task(fleet.run(job(work)))
    await soon()
    if pressure == "congested":
        replica.limiter.under_pressure = True
        replica.in_flight += 600
    elif pressure == "no room":
        replica.limiter.limit = 1
    elif pressure == "paused":
        replica.paused_until = now() + 5.0
    else:
        replica.health.eject("failing")
    await asyncio.sleep(4.9)
    assert len(work.attempts) == 1
    if pressure == "congested":
        replica.in_flight -= 600  # its limiter does not know yet
    replica.limiter.limit = 1_000
    replica.health.reason = None
    await asyncio.sleep(10.0)
    assert len(work.attempts) == 2
    assert await call == "a"


@virtually
async def test_nothing_is_hedged_before_it_is_known_what_is_slow() -> None:
    fleet, work = fleet_of("a", "b"), Slow(seconds=50.0)
    await earn(fleet, 20)
    await fleet.run(job(work))
    assert len(work.attempts) == 1


@virtually
async def test_a_call_overtaken_speaks_against_its_replica() -> None:
    fleet = hedging(fleet_of("a", "b"), 0.1)
    await earn(fleet, 400)
    for number in range(20):
        await fleet.run(job(Slow(on="a"), route=b"%d" % number))
    assert named(fleet, "a").health.complaint == "failing"
    assert named(fleet, "b").health.complaint is None


# -- failures ----------------------------------------------------------------------------------------


@virtually
async def test_p15_a_call_is_made_outside_of_where_it_failed() -> None:
    fleet = fleet_of("a", "b", "c")
    for number in range(20):
        avoid = set(Random(number).sample(fleet.replicas, 2))
        assert named(fleet, await fleet.run(job(lasting(0.1), route=b"%d" % number), avoid)) not in avoid


@virtually
async def test_p15_a_replica_is_left_alone_as_it_asked_but_not_for_ever() -> None:
    fleet, begun = fleet_of("a"), now()
    for asked, waited in ((2.0, 2.0), (3600.0, LONGEST_PAUSE_S)):

        async def limited(_: Replica, asked: float = asked) -> str:
            raise BackendError(Cause.JUDGE_RATE_LIMITED, "HTTP 429", retry_after=asked)

        with pytest.raises(BackendError):
            await fleet.run(job(limited))
        begun = now()
        await fleet.run(job(lasting(0.0)))
        assert now() - begun == pytest.approx(waited)


@pytest.mark.parametrize(
    ("cause", "retry_after", "backs_off"),
    [
        (Cause.JUDGE_RATE_LIMITED, None, True),
        (Cause.JUDGE_TIMEOUT, None, True),
        (Cause.JUDGE_ERROR, 1.0, True),
        (Cause.JUDGE_ERROR, None, False),
        (Cause.JUDGE_GARBLED, None, False),
    ],
)
@virtually
async def test_an_overloaded_replica_is_given_less(
    cause: Cause, retry_after: float | None, backs_off: bool
) -> None:
    fleet = fleet_of("a")
    before = fleet.replicas[0].limiter.limit

    async def fails(_: Replica) -> str:
        raise BackendError(cause, "no", retry_after=retry_after)

    with pytest.raises(BackendError):
        await fleet.run(job(fails))
    assert (fleet.replicas[0].limiter.limit < before) == backs_off


@pytest.mark.parametrize("error", [RuntimeError("a bug"), BackendError(Cause.JUDGE_ERROR, "HTTP 500")])
@virtually
async def test_whatever_an_attempt_raises_its_slot_is_given_back(error: Exception) -> None:
    fleet = fleet_of("a", slots=1)

    async def fails(_: Replica) -> str:
        raise error

    for _ in range(3):
        with pytest.raises(type(error)):
            await fleet.run(job(fails))
    assert await fleet.run(job(lasting(0.1))) == "a"
    assert fleet.replicas[0].in_flight == 0
    assert not fleet.replicas[0].races


# -- replicas come and go ----------------------------------------------------------------------------


@virtually
async def test_p17_a_deserted_replicas_calls_are_made_elsewhere_at_once() -> None:
    fleet = fleet_of("a", "b", slots=8)
    work = [Slow(on="a") for _ in range(12)]
    calls = [asyncio.create_task(fleet.run(job(w, route=b"%d" % n))) for n, w in enumerate(work)]
    await soon()
    a, b = fleet.replicas
    assert a.in_flight
    a.health.eject("failing")
    fleet.desert(a)
    begun = now()
    assert set(await asyncio.gather(*calls)) == {"b"}
    assert now() - begun < 0.5
    await soon()
    assert (a.in_flight, b.in_flight) == (0, 0)


@virtually
async def test_p17_a_replica_keeps_its_calls_where_no_other_is_alive() -> None:
    fleet, work = fleet_of("a", "b"), Slow(seconds=1.0)
    for replica in fleet.replicas:
        replica.health.eject("failing")
    fleet.replicas[0].health.reason = None
    call = asyncio.create_task(fleet.run(job(work)))
    await soon()
    fleet.replicas[0].health.eject("failing")
    fleet.desert(fleet.replicas[0])
    assert await call == "a"
    assert len(work.attempts) == 1


@virtually
async def test_replicas_may_all_be_replaced_under_load() -> None:
    fleet = fleet_of("a", "b", slots=4)
    calls = [asyncio.create_task(fleet.run(job(lasting(1.0), route=b"%d" % (n % 9)))) for n in range(90)]
    await asyncio.sleep(1.5)
    fleet.change(dict.fromkeys(("c", "d"), nowhere))
    served = Counter(await asyncio.gather(*calls))
    assert served["a"] + served["b"] == 16  # eight were done and eight under way
    assert {replica.name for replica in fleet.replicas} == {"c", "d"}
    assert fleet.slots.waiting == 0


@virtually
async def test_calls_in_line_follow_where_only_a_replica_that_is_out_is_left() -> None:
    fleet = fleet_of("a", "b", slots=1)
    a, b = fleet.replicas
    b.health.eject("failing")
    calls = [asyncio.create_task(fleet.run(job(lasting(1.0)))) for _ in range(4)]
    await soon()
    fleet.change({"b": nowhere})
    await asyncio.sleep(10.0)
    assert [call.done() for call in calls] == [True, False, False, False]
    b.health.reason = None
    fleet.slots.pump_all()
    assert await asyncio.gather(*calls) == ["a", "b", "b", "b"]
    assert a.calls == 0


@virtually
async def test_calls_stuck_where_none_is_alive_go_to_a_replica_that_is_new() -> None:
    fleet = fleet_of("a", "b", slots=1)
    for replica in fleet.replicas:
        replica.health.eject("failing")
    calls = [asyncio.create_task(fleet.run(job(lasting(1.0)))) for _ in range(4)]
    await asyncio.sleep(1.0)
    fleet.change(dict.fromkeys(("a", "b", "c"), nowhere))
    assert await asyncio.gather(*calls) == ["c"] * 4


@virtually
async def test_a_replica_that_stays_keeps_what_is_known_of_it() -> None:
    fleet = fleet_of("a", "b")
    a = named(fleet, "a")
    fleet.change(dict.fromkeys(("c", "a"), nowhere))
    assert named(fleet, "a") is a
    assert not a.leaving


class Door:
    """A backend that knows whether it is open."""

    def __init__(self) -> None:
        self.closed = 0

    async def __call__(self, request: Request) -> Reply:  # noqa: ARG002
        await asyncio.sleep(5.0)
        return Reply("yes")

    async def aclose(self) -> None:
        self.closed += 1


async def through_the_door(replica: Replica) -> str:
    return (await replica.backend(Request(Prompt(Shared("", ""), ""), ("yes", "no")))).text


@virtually
async def test_p19_a_replica_that_is_gone_is_closed_when_its_last_call_is_over() -> None:
    doors = {"a": Door(), "b": Door()}

    def open_(name: str) -> Backend:
        return doors[name]

    fleet = Fleet({name: partial(open_, name) for name in doors})
    work: Work[str] = through_the_door
    calls = [asyncio.create_task(fleet.run(job(work, route=b"%d" % n))) for n in range(8)]
    await soon()
    a = named(fleet, "a")
    assert a.in_flight
    fleet.change({"b": partial(open_, "b")})
    await fleet.close_gone()
    assert doors["a"].closed == 0
    await asyncio.gather(*calls)
    await fleet.close_gone([a])  # somebody is asking it still
    assert doors["a"].closed == 0
    for _ in range(2):
        await fleet.close_gone()
    assert (doors["a"].closed, doors["b"].closed) == (1, 0)
    await fleet.aclose()
    assert (doors["a"].closed, doors["b"].closed) == (1, 1)


@virtually
async def test_p13_cancelling_everything_leaves_nothing_in_flight() -> None:
    fleet = hedging(fleet_of("a", "b"), 0.1)
    await earn(fleet, 400)
    calls = [asyncio.create_task(fleet.run(job(lasting(1e6), route=b"%d" % n))) for n in range(40)]
    await asyncio.sleep(0.5)
    await cancelled(calls)
    await soon()
    assert [replica.calls for replica in fleet.replicas] == [0, 0]
    assert not any(replica.races for replica in fleet.replicas)
