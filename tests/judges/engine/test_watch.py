import asyncio
import math
from collections.abc import Callable, Mapping

import pytest

from judges.backend import BackendError, Endpoints
from judges.caller import calling, current
from judges.deadline import remaining, within
from judges.engine.fleet import Fleet
from judges.engine.replica import Replica
from judges.engine.watch import AWAKE_S, Watch
from rubrics.cause import Cause
from tests.judges.engine.fleets import fleet_of, job, lasting, named, now, nowhere, soon, virtually

Mood = Callable[[float], str]
"""What a replica is like, so many seconds from the start."""


def bad_between(begins: float, ends: float, how: str) -> Mood:
    return lambda time: how if begins <= time < ends else "well"


class Scene:
    """A fleet under watch, with traffic; some replicas have moods."""

    def __init__(self, fleet: Fleet, moods: Mapping[str, Mood]) -> None:
        self.fleet = fleet
        self._moods = moods
        self.began = now()
        self.events: list[tuple[str, str, float]] = []
        self.most_out = 0
        self.canaries = 0
        self.watch = Watch(fleet, self.canary, self)
        fleet.watcher = self.watch

    def ejected(self, replica: str, why: str) -> None:
        self.events.append((replica, why, now() - self.began))
        self.most_out = max(self.most_out, sum(not r.alive for r in self.fleet.replicas))

    def recovered(self, replica: str) -> None:
        self.events.append((replica, "recovered", now() - self.began))

    def hedged(self) -> None: ...

    def _mood(self, replica: Replica) -> str:
        mood = self._moods.get(replica.name)
        return "well" if mood is None else mood(now() - self.began)

    async def canary(self, replica: Replica) -> float | None:
        self.canaries += 1
        mood = self._mood(replica)
        await asyncio.sleep(2.0 if mood == "slow" else 0.1)
        if mood == "raises":
            raise RuntimeError("a bug in somebody's backend")
        return {"well": 0.1, "slow": 2.0}.get(mood)

    async def work(self, replica: Replica) -> str:
        mood = self._mood(replica)
        await asyncio.sleep({"slow": 2.0, "silent": 1e6}.get(mood, 0.1))
        if mood in {"failing", "raises"}:
            raise BackendError(Cause.JUDGE_ERROR, "HTTP 500", retryable=True)
        replica.health.said(0.5 if mood == "constant" else now(), b"%f" % now())
        return replica.name

    async def traffic(self, seconds: float, calls: int = 8) -> None:
        """About `calls` at any moment."""
        async with asyncio.TaskGroup() as group:
            for number in range(calls):
                group.create_task(self._stream(seconds, number))

    async def _stream(self, seconds: float, number: int) -> None:
        while now() - self.began < seconds:
            number += 100
            try:
                async with asyncio.timeout(10.0):
                    await self.fleet.run(job(self.work, route=b"%d" % number))
            except (BackendError, TimeoutError):
                pass

    async def end(self) -> None:
        await self.watch.aclose()
        await self.fleet.aclose()


@pytest.mark.parametrize("how", ["failing", "slow", "silent", "constant", "raises"])
@virtually
async def test_p17_a_bad_replica_is_out_within_10_s_and_back_within_30_s(how: str) -> None:
    scene = Scene(fleet_of("a", "b", "c", "d"), {"b": bad_between(10.0, 30.0, how)})
    await scene.traffic(62.0)
    assert {replica for replica, _, _ in scene.events} == {"b"}
    assert 10.0 <= scene.events[0][2] <= 20.0
    assert scene.events[0][1] != "recovered"
    assert scene.events[-1][1] == "recovered"
    assert scene.events[-1][2] <= 60.0
    assert all(time >= 30.0 for _, what, time in scene.events if what == "recovered")
    await scene.end()


@virtually
async def test_p17_at_most_half_are_ejected() -> None:
    bad = bad_between(5.0, 30.0, "failing")
    scene = Scene(fleet_of("a", "b", "c", "d", "e"), dict.fromkeys("abcd", bad))
    await scene.traffic(30.0)
    assert scene.most_out == 2
    await scene.end()
    alone = Scene(fleet_of("a"), {"a": bad})
    await alone.traffic(30.0)
    assert alone.events == []
    await alone.end()


@virtually
async def test_it_sleeps_a_minute_after_the_last_call_and_no_sooner() -> None:
    scene = Scene(fleet_of("a", "b"), {"a": bad_between(0.0, 1e6, "failing")})
    await scene.traffic(5.0)
    assert not named(scene.fleet, "a").alive
    await asyncio.sleep(AWAKE_S - 1.0)
    asked = scene.canaries
    await asyncio.sleep(3.0)
    assert scene.canaries > 5
    asked = scene.canaries
    await asyncio.sleep(3_600.0)
    assert scene.canaries == asked
    await scene.end()


@virtually
async def test_p17_it_stays_awake_while_a_call_waits_for_a_replica_to_recover() -> None:
    scene = Scene(fleet_of("a"), {"a": bad_between(0.0, 600.0, "failing")})
    scene.fleet.replicas[0].health.eject("failing")  # the others have gone since
    assert await scene.fleet.run(job(scene.work)) == "a"
    assert 600.0 <= now() - scene.began <= 630.0
    await scene.end()


@virtually
async def test_p17_a_recovered_replica_frees_the_calls_stuck_at_another() -> None:
    scene = Scene(fleet_of("a", "b", slots=1), {"b": bad_between(0.0, 1e6, "failing")})
    for replica in scene.fleet.replicas:
        replica.health.eject("failing")
    calls = [asyncio.create_task(scene.fleet.run(job(scene.work, route=b"%d" % n))) for n in range(8)]
    await soon()
    assert all(len(replica.queue) for replica in scene.fleet.replicas)
    assert set(await asyncio.gather(*calls)) == {"a"}
    assert now() - scene.began < 10.0
    await scene.end()


@virtually
async def test_a_canary_is_asked_on_nobodys_behalf() -> None:
    seen: list[tuple[bool, float]] = []

    class Curious(Scene):
        async def canary(self, replica: Replica) -> float | None:
            seen.append((current() is None, remaining()))
            return await super().canary(replica)

    scene = Curious(fleet_of("a", "b"), {})
    named(scene.fleet, "a").health.eject("failing")
    with within(0.5), calling():
        await scene.fleet.run(job(lasting(0.2)))
    await asyncio.sleep(10.0)
    assert seen
    assert set(seen) == {(True, math.inf)}
    await scene.end()


class Directory:
    """Who the replicas are, as somebody else knows."""

    def __init__(self, answer: Endpoints | Exception | None) -> None:
        self.answer = answer
        self.asked = 0
        self.seconds = 0.0

    async def __call__(self) -> Endpoints | None:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def watched(fleet: Fleet, directory: Directory) -> Scene:
    scene = Scene(fleet, {})
    scene.watch = Watch(fleet, scene.canary, scene, directory)
    fleet.watcher = scene.watch
    return scene


def names(fleet: Fleet) -> set[str]:
    return {replica.name for replica in fleet.replicas}


@virtually
async def test_replicas_are_found_and_lost_while_it_is_in_use() -> None:
    directory = Directory(dict.fromkeys(("b", "c"), nowhere))
    scene = watched(fleet_of("a", "b"), directory)
    b = named(scene.fleet, "b")
    await scene.traffic(12.0)
    assert names(scene.fleet) == {"b", "c"}
    assert named(scene.fleet, "b") is b
    await scene.traffic(32.0)
    assert 2 <= directory.asked <= 4
    assert not scene.fleet._gone  # closed and forgotten
    await scene.end()


@pytest.mark.parametrize("answer", [OSError("no such name"), UnicodeError("label too long"), {}, None])
@virtually
async def test_who_cannot_be_asked_changes_nothing(answer: Endpoints | Exception | None) -> None:
    directory = Directory(answer)
    scene = watched(fleet_of("a", "b"), directory)
    await scene.traffic(35.0)
    assert names(scene.fleet) == {"a", "b"}
    assert directory.asked >= 2
    await scene.end()


@virtually
async def test_a_slow_directory_is_asked_once_at_a_time() -> None:
    directory = Directory(None)
    directory.seconds = 50.0
    scene = watched(fleet_of("a", "b"), directory)
    await scene.traffic(58.0)
    assert directory.asked == 1
    await scene.end()


@virtually
async def test_p20_nothing_goes_on_after_it_is_closed() -> None:
    directory = Directory(None)
    directory.seconds = 1e6
    scene = watched(fleet_of("a", "b"), directory)
    named(scene.fleet, "a").health.eject("failing")
    await scene.traffic(12.0)
    await scene.end()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others
    asked = scene.canaries
    await scene.fleet.run(job(lasting(0.1)))
    await asyncio.sleep(60.0)
    assert (scene.canaries, directory.asked) == (asked, 1)
