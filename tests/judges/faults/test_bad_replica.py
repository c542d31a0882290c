"""Promise 17: a bad replica is out within 10 s and back within 30 s of its recovery."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

import pytest

from judges.engine.ejection import Sign, ejections
from judges.engine.health import Health
from judges.grade import grade_group
from judges.judge import Judge
from rubrics.cause import Cause
from tests.judges.faults.making import RUBRIC, Verdicts, failed, judge_at, lies, rollouts_of, table_of
from tests.judges.faults.modes.every import BY_NAME
from tests.judges.faults.reply import after, completion, encode
from tests.judges.faults.server import Behaviour, Call, FaultyJudge, JudgeHouse

LATENCY_S = 0.01
OUT_S = 10.0
BACK_S = 30.0


async def constant(call: Call) -> None:
    """Say the same to everything."""
    await asyncio.sleep(LATENCY_S)
    call.respond(encode(completion(call, 0.9)))


KINDS: Mapping[str, Behaviour] = {
    "constant": constant,
    "slow": after(0.4),
    **{
        name: BY_NAME[name].behave
        for name in (
            "reset_without_a_reply",
            "silence",
            "drip",
            "html_by_type",
            "http_500",
            "wrong_id",
            "truncated_json",
            "says_exclamation_marks",
            "endless_body",
        )
    },
}


class Traffic:
    """Groups, one after the other, each with a prompt of its own."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._numbers = count()

    async def group(self) -> Verdicts:
        """Judge one more."""
        number = next(self._numbers)
        names = [f"t{number}x{index}" for index in range(4)]
        outcomes = await grade_group(RUBRIC, rollouts_of(names, prompt=f"post {number}"), self._judge)
        return table_of(names, outcomes)

    async def until(self, ready: Callable[[], bool]) -> float:
        """Go on until something holds, at two groups at once; the seconds it took."""
        started = time.monotonic()
        await asyncio.gather(self._until(ready), self._until(ready))
        return time.monotonic() - started

    async def _until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            await self.group()


def test_p17_a_failing_replica_is_no_measure_of_how_slow_the_others_are() -> None:
    """What it did while it was well, under less load, would get the good one ejected in its place."""
    bad, good = Health(), Health()
    for _ in range(20):
        bad.succeeded(0.1)
        good.succeeded(0.1)
    assert ejections([Sign(bad), Sign(good)]) == []
    bad.failed(Cause.JUDGE_GARBLED, b"one text")
    for _ in range(20):
        good.succeeded(0.4)
    assert ejections([Sign(bad), Sign(good)]) == []
    bad.succeeded(0.1)
    assert [found.index for found in ejections([Sign(bad), Sign(good)])] == [1]


@dataclass
class Course:
    """How it went with one bad replica."""

    kind: str
    stage: str = "healthy"
    out_s: float = math.inf
    back_s: float = math.inf

    @property
    def good(self) -> bool:
        return self.stage == "done" and self.out_s <= OUT_S and self.back_s <= BACK_S


@pytest.mark.soak
async def test_p17_a_bad_replica_is_out_soon_and_back_soon(house: JudgeHouse) -> None:
    courses = [Course(kind) for kind in KINDS]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(OUT_S + BACK_S + 5):
            await asyncio.gather(*(_out_and_back(house, course) for course in courses))
    assert [course for course in courses if not course.good] == []


async def _out_and_back(house: JudgeHouse, course: Course) -> None:
    pace = after(LATENCY_S)
    with house.judge(pace) as bad, house.judge(pace) as good:
        judge = judge_at(bad, good, timeout_s=2.0, max_concurrency=16)
        traffic = Traffic(judge)
        await traffic.until(lambda: bad.asked.total() > 40 and good.asked.total() > 40)
        course.stage, bad.behave = "bad", KINDS[course.kind]
        course.out_s = await traffic.until(lambda: _is_out(judge, bad))
        course.stage = "out"
        await _all_is_well(traffic, course.kind)
        course.stage, bad.behave = "mended", None
        course.back_s = await traffic.until(lambda: not _is_out(judge, bad))
        course.stage, before = "back", bad.asked.total()
        await traffic.until(lambda: bad.asked.total() > before + 40)
        await judge.aclose()
    course.stage = "done"


def _is_out(judge: Judge, bad: FaultyJudge) -> bool:
    return any(
        replica.name in bad.base_url and replica.state == "ejected" for replica in judge.status().replicas
    )


async def _all_is_well(traffic: Traffic, kind: str) -> None:
    """With the bad one out, every verdict is there and true."""
    for _ in range(10):
        found = await traffic.group()
        assert lies(found) == [], kind
        assert failed(found) == {}, kind
