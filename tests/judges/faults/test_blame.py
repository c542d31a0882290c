"""Whose fault it was (promise 3), and replies that come before anybody asked (promise 5)."""

import pytest

from rubrics.cause import Cause
from tests.judges.faults.making import failed, judge_at, lies, verdicts_of
from tests.judges.faults.modes.every import BY_NAME
from tests.judges.faults.reply import honest
from tests.judges.faults.server import Call, Connection, JudgeHouse, response

pytestmark = pytest.mark.usefixtures("hasty")

OF_THE_MODEL = ("says_exclamation_marks", "content_null", "refuses", "content_filter", "cut_short")
OF_THE_WIRE = ("html_by_type", "truncated_json", "two_objects", "close_in_the_body", "gzip_unasked")
VICTIM = ("victim", "c2")
GREETING = b'{"id":"chatcmpl-0","choices":[{"message":{"content":"yes"}}]}'


def _is_victim(call: Call) -> bool:
    return call.key == VICTIM


@pytest.mark.parametrize("name", [*OF_THE_MODEL, *OF_THE_WIRE])
async def test_p03_a_text_is_blamed_only_where_judges_that_work_cannot_read_it(
    house: JudgeHouse, name: str
) -> None:
    mode = BY_NAME[name]
    with house.judge(honest, strikes=_is_victim) as endpoint:
        judge = judge_at(endpoint)
        assert failed(await verdicts_of(judge, [f"before{n}" for n in range(10)])) == {}
        endpoint.behave = mode.behave
        causes = failed(await verdicts_of(judge, ["victim", "sibling"]))
        await judge.aclose()
    assert set(causes) == {VICTIM}
    assert (causes[VICTIM] == Cause.CONTENT_BREAKS_JUDGE) == (name in OF_THE_MODEL)
    assert endpoint.asked[VICTIM] >= 2


@pytest.mark.parametrize("name", OF_THE_MODEL)
async def test_p03_a_judge_that_reads_no_text_is_to_blame_itself(house: JudgeHouse, name: str) -> None:
    with house.judge(honest, behave=BY_NAME[name].behave) as endpoint:
        judge = judge_at(endpoint)
        causes = failed(await verdicts_of(judge, ["t1", "t2"]))
        await judge.aclose()
    assert len(causes) == 6
    assert Cause.CONTENT_BREAKS_JUDGE not in causes.values()


async def test_p05_a_response_that_comes_before_its_request_answers_nothing(house: JudgeHouse) -> None:
    with house.judge(honest) as endpoint:
        judge = judge_at(endpoint, max_concurrency=4)
        assert failed(await verdicts_of(judge, ["before"])) == {}
        endpoint.greet = _greet
        endpoint.behave = BY_NAME["keep_alive_that_closes"].behave  # so that new connections are opened
        found = await verdicts_of(judge, [f"greeted{n}" for n in range(20)])
        endpoint.greet = endpoint.behave = None
        after = await verdicts_of(judge, ["after"])
        await judge.aclose()
    assert lies(found) == []
    assert set(failed(found).values()) == {Cause.JUDGE_MISMATCHED}
    assert failed(after) == {}


def _greet(connection: Connection) -> None:
    connection.send(response(GREETING))
