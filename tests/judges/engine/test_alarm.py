import asyncio
import math
from contextvars import ContextVar

import pytest

from judges.caller import Caller
from judges.engine.alarm import Alarm
from judges.engine.watch import Watch
from tests.judges.engine.fleets import Fixed, fleet_of, job, lasting, now, virtually
from tests.judges.virtual_time import START_S, simulate


@virtually
async def test_it_rings_once_when_it_was_first_set_to() -> None:
    rung: list[float] = []
    alarm = Alarm()
    alarm.set(2.0, lambda: rung.append(now()))
    begun = now()
    await asyncio.sleep(1.0)
    alarm.set(0.1, lambda: rung.append(math.nan))
    await asyncio.sleep(10.0)
    assert rung == [pytest.approx(begun + 2.0)]
    assert not alarm.is_set
    alarm.set(1.0, lambda: rung.append(now()))
    await asyncio.sleep(2.0)
    assert len(rung) == 2


@virtually
async def test_it_may_be_set_again_as_it_rings() -> None:
    alarm, rung = Alarm(), []

    def ring() -> None:
        rung.append(now())
        alarm.set(1.0, ring)

    alarm.set(1.0, ring)
    await asyncio.sleep(10.5)
    assert len(rung) == 10
    alarm.stop()
    await asyncio.sleep(10.0)
    assert len(rung) == 10


@virtually
async def test_it_is_silent_once_it_was_stopped() -> None:
    alarm = Alarm()
    alarm.stop()
    alarm.set(0.0, lambda: pytest.fail("it rang"))
    await asyncio.sleep(1.0)


@virtually
async def test_it_does_not_ring_on_behalf_of_whoever_set_it() -> None:
    deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)
    deadline.set(5.0)
    seen: list[float] = []
    Alarm().set(0.0, lambda: seen.append(deadline.get()))
    await asyncio.sleep(1.0)
    assert seen == [math.inf]


def time_of_the_loop() -> float:
    try:
        return now()
    except RuntimeError:
        return START_S


def test_a_fleet_outlives_the_event_loop_it_was_first_used_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("judges.clock.now", time_of_the_loop)

    class Witness:
        def __init__(self) -> None:
            self.recoveries: list[str] = []

        def ejected(self, replica: str, why: str) -> None: ...

        def recovered(self, replica: str) -> None:
            self.recoveries.append(replica)

        def hedged(self) -> None: ...

    async def well(_: object) -> float:
        return 0.1

    async def cut_short() -> None:
        """Leaves every alarm set: one replica out, one that asked to be left alone, calls in line."""
        fleet.watcher = watch
        a.health.eject("failing")
        b.paused_until = now() + 2.0
        caller = Caller(math.inf)
        calls = [asyncio.create_task(fleet.run(job(lasting(0.1), caller, b"%d" % n))) for n in range(9)]
        await asyncio.sleep(0.1)
        assert not any(call.done() for call in calls)

    async def again() -> None:
        b.paused_until = now() + 2.0
        await asyncio.gather(*(fleet.run(job(lasting(0.1), route=b"%d" % n)) for n in range(9)))
        await asyncio.sleep(5.0)
        assert witness.recoveries == ["a"]
        await watch.aclose()

    fleet, witness = fleet_of("a", "b"), Witness()
    watch = Watch(fleet, well, witness)
    a, b = fleet.replicas
    a.limiter = b.limiter = Fixed(1)
    simulate(cut_short())
    assert (fleet.slots.waiting, a.calls, b.calls) == (0, 0, 0)
    simulate(again())
