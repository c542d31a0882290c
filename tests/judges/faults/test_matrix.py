"""Every way to misbehave, on one attempt, one call, one criterion, one replica and the whole fleet.

The law: a verdict is the true one or none, whatever fails keeps to itself, deadlines hold, and afterwards
all is well.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import pytest

from judges.deadline import within
from rubrics.cause import Cause
from tests.judges.faults.making import verdicts_of
from tests.judges.faults.matrix import SCOPES, TEXTS, WHOLE_FLEET, Scope, broken_laws
from tests.judges.faults.modes.every import ALL, FAST, OF_THE_WIRE, SLOW
from tests.judges.faults.modes.mode import Mode
from tests.judges.faults.reply import honest
from tests.judges.faults.server import FaultyJudge, JudgeHouse
from tests.judges.faults.suffering import is_idle, suffering

pytestmark = [pytest.mark.soak, pytest.mark.usefixtures("hasty")]

DEADLINE_S = 5.0
SHORT_DEADLINE_S = 0.5
GRACE_S = 0.25
AT_ONCE = 5
POOL_TEXTS = 67
"""Afterwards, where a mode may harm connections: 200 calls and one."""


@pytest.fixture(scope="module")
def canary(house: JudgeHouse) -> Iterator[FaultyJudge]:
    """Another host, where nobody has any business."""
    with house.judge(honest) as elsewhere:
        yield elsewhere
        assert elsewhere.connections == 0


def test_there_are_enough_of_them() -> None:
    assert len(ALL) > 250
    assert len(SLOW) > 10


@pytest.mark.parametrize("mode", FAST, ids=str)
async def test_p01_a_failed_verdict_never_becomes_a_number(
    house: JudgeHouse, canary: FaultyJudge, mode: Mode
) -> None:
    elsewhere = canary.base_url
    wrong = await asyncio.gather(*(_suffer(house, mode, scope, elsewhere) for scope in SCOPES))
    assert not any(wrong), "\n".join(chain(*wrong))


async def _suffer(house: JudgeHouse, mode: Mode, scope: Scope, elsewhere: str) -> list[str]:
    afterwards = POOL_TEXTS if scope is WHOLE_FLEET and mode in OF_THE_WIRE else 1
    async with suffering(house, mode, scope, elsewhere, afterwards) as (judge, _):
        started = time.monotonic()
        with within(DEADLINE_S):
            found = await verdicts_of(judge, TEXTS)
        seconds = time.monotonic() - started
    late = [f"{scope}: an answer after {seconds:.2f} s"] if seconds > DEADLINE_S + GRACE_S else []
    return broken_laws(found, mode, scope) + late


@pytest.mark.parametrize("scope", SCOPES, ids=str)
async def test_p12_a_deadline_holds_whatever_a_judge_does(house: JudgeHouse, scope: Scope) -> None:
    for start in range(0, len(SLOW), AT_ONCE):
        modes = SLOW[start : start + AT_ONCE]
        wrong = await asyncio.gather(*(_outlast(house, mode, scope) for mode in modes))
        assert not any(wrong), "\n".join(chain(*wrong))


async def _outlast(house: JudgeHouse, mode: Mode, scope: Scope) -> list[str]:
    mode = replace(mode, causes=mode.causes - {Cause.JUDGE_TIMEOUT} | {Cause.DEADLINE}, final=True)
    async with suffering(house, mode, scope) as (judge, fleet):
        started = time.monotonic()
        with within(SHORT_DEADLINE_S):
            found = await verdicts_of(judge, TEXTS)
        seconds = time.monotonic() - started
        idle = await is_idle(fleet)
    late = (
        [f"{mode} {scope}: an answer after {seconds:.2f} s"] if seconds > SHORT_DEADLINE_S + GRACE_S else []
    )
    busy = [] if idle else [f"{mode} {scope}: still at work"]
    return [f"{mode} {each}" for each in broken_laws(found, mode, scope)] + late + busy


async def test_p01_a_judge_that_takes_too_long_has_no_verdict(house: JudgeHouse) -> None:
    wrong = await asyncio.gather(*(_time_out(house, mode) for mode in SLOW))
    assert not any(wrong), "\n".join(chain(*wrong))


async def _time_out(house: JudgeHouse, mode: Mode) -> list[str]:
    async with suffering(house, mode, WHOLE_FLEET, timeout_s=1, attempts=1) as (judge, _):
        wrong = broken_laws(await verdicts_of(judge, TEXTS), mode, WHOLE_FLEET)
    return [f"{mode} {each}" for each in wrong]
