"""Promise 10: what is known stays known whatever the judge does, and a failure is never remembered."""

from pathlib import Path

import pytest

from judges.deadline import within
from tests.judges.faults.making import CRITERIA, Verdicts, failed, judge_at, lies, verdicts_of
from tests.judges.faults.modes.every import FAST
from tests.judges.faults.modes.mode import Mode
from tests.judges.faults.reply import honest
from tests.judges.faults.server import JudgeHouse

pytestmark = [pytest.mark.soak, pytest.mark.usefixtures("hasty")]

DEADLINE_S = 5.0
IN_MEMORY = {"store": "memory"}


@pytest.mark.parametrize("mode", FAST, ids=str)
async def test_p10_a_failure_is_never_remembered(house: JudgeHouse, mode: Mode) -> None:
    with house.judge(honest) as endpoint:
        judge = judge_at(endpoint, cache=IN_MEMORY)
        _assert_true(await verdicts_of(judge, ["known"]))
        endpoint.behave = mode.behave
        with within(DEADLINE_S):
            hurt = await verdicts_of(judge, ["known", "new"])
        assert lies(hurt) == []
        assert {key for key in failed(hurt) if key[0] == "known"} == set()
        assert endpoint.asked["known", "c1"] == 1
        endpoint.behave = None
        _assert_true(await verdicts_of(judge, ["known", "new"]))
        await judge.aclose()
    assert {endpoint.asked["known", criterion] for criterion in CRITERIA} == {1}


@pytest.mark.parametrize("mode", FAST[::20], ids=str)
async def test_p10_nor_is_it_written_down(house: JudgeHouse, mode: Mode, tmp_path: Path) -> None:
    cache = {"store": "sqlite", "path": str(tmp_path / "verdicts.sqlite")}
    with house.judge(honest) as endpoint:
        first = judge_at(endpoint, cache=cache)
        _assert_true(await verdicts_of(first, ["known"]))
        endpoint.behave = mode.behave
        with within(DEADLINE_S):
            assert lies(await verdicts_of(first, ["known", "new"])) == []
        await first.aclose()
        endpoint.behave = None
        second = judge_at(endpoint, cache=cache)
        _assert_true(await verdicts_of(second, ["known", "new"]))
        await second.aclose()
    assert {endpoint.asked["known", criterion] for criterion in CRITERIA} == {1}


def _assert_true(found: Verdicts) -> None:
    assert lies(found) == []
    assert failed(found) == {}
