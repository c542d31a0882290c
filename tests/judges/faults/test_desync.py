"""Promise 5: of 10,000 calls to judges that mix up their replies, none gets another call's verdict."""

import asyncio
import random
from collections.abc import Awaitable

import pytest

from judges.judge import Judge
from rubrics.verdict import Verdict
from tests.judges.faults.making import CRITERIA, Verdicts, failed, judge_at, lies, verdicts_of
from tests.judges.faults.modes.astray import (
    id_that_holds_all_ids,
    reply_to_the_call_before,
    response_within_a_response,
    right_header_but_wrong_body,
    stray_bytes_after_the_reply,
    swapped_with_a_neighbour,
    twice,
    twice_at_once,
    twice_under_another_id,
    wrong_id,
)
from tests.judges.faults.reply import after, honest, lie_of
from tests.judges.faults.server import Behaviour, Call, JudgeHouse
from tests.judges.faults.truth import Key

CALLS = [1_000, pytest.param(10_000, marks=pytest.mark.soak)]
AT_ONCE = 24
GROUP = 8


class Muddle:
    """Two thirds honest; the rest goes astray, in an order that the seed decides."""

    STRAY: tuple[Behaviour, ...] = (twice, twice_at_once, stray_bytes_after_the_reply, after(0.002))
    CROSSED: tuple[Behaviour, ...] = (
        twice_under_another_id,
        reply_to_the_call_before,
        swapped_with_a_neighbour,
        right_header_but_wrong_body,
        id_that_holds_all_ids,
        wrong_id,
    )
    """What only an id can tell from an honest reply."""

    def __init__(self, seed: int, *, crossed: bool) -> None:
        self._random = random.Random(seed)
        again = (self._twice_later, self._twice_later, *self.STRAY)
        self._ways = (*again, *again, *(self.CROSSED if crossed else (response_within_a_response,)))
        self.astray = 0

    def __call__(self, call: Call) -> Awaitable[None] | None:
        behave: Behaviour = honest
        if self._random.random() > 2 / 3:
            self.astray += 1
            behave = self._random.choice(self._ways)
        return behave(call)

    def _twice_later(self, call: Call) -> None:
        """Answer, and answer again at some moment of the connection's life to come."""
        honest(call)
        asyncio.get_running_loop().call_later(0.01 * self._random.random(), call.respond, lie_of(call))


@pytest.mark.parametrize("calls", CALLS)
@pytest.mark.parametrize("echoes", [True, False], ids=["ids", "no_ids"])
async def test_p05_no_verdict_is_misattributed(house: JudgeHouse, echoes: bool, calls: int) -> None:
    muddle = Muddle(5, crossed=echoes)
    with house.judge(honest, echoes=echoes) as endpoint:
        judge = judge_at(endpoint, max_concurrency=64)
        assert failed(await verdicts_of(judge, ["before"])) == {}
        endpoint.behave = muddle
        found = await _all_verdicts(judge, calls)
        endpoint.behave = None
        after = await verdicts_of(judge, [f"after{number}" for number in range(70)])
        await judge.aclose()
    assert len(found) >= calls
    assert lies(found) == []
    assert muddle.astray > calls / 4
    assert len(failed(found)) < calls / 20
    assert lies(after) == []
    assert failed(after) == {}


async def _all_verdicts(judge: Judge, calls: int) -> Verdicts:
    found: dict[Key, Verdict] = {}
    texts = -(-calls // len(CRITERIA))
    groups = iter([[f"t{first + n}" for n in range(GROUP)] for first in range(0, texts, GROUP)])

    async def work() -> None:
        for names in groups:
            found.update(await verdicts_of(judge, names))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return found
