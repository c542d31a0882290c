"""A response is the same response wherever the network cuts it."""

import asyncio
from collections.abc import Awaitable

import pytest

from tests.judges.faults.making import CRITERIA, failed, judge_at, lies, verdicts_of
from tests.judges.faults.modes.bytes_on_the_wire import chunked
from tests.judges.faults.reply import honest, truth_of
from tests.judges.faults.server import Call, JudgeHouse, head, response

GAP_S = 0.002


class Cutter:
    """Sends each response in two pieces, one byte later each time."""

    def __init__(self, *, in_chunks: bool) -> None:
        self._in_chunks = in_chunks
        self._at = 0
        self.length = 0

    def __call__(self, call: Call) -> Awaitable[None]:
        self._at += 1
        return self._cut(call, self._at)

    async def _cut(self, call: Call, at: int) -> None:
        whole = self._whole(call)
        self.length = max(self.length, len(whole))
        call.send(whole[:at])
        await asyncio.sleep(GAP_S)
        call.send(whole[at:])

    def _whole(self, call: Call) -> bytes:
        content = truth_of(call)
        if not self._in_chunks:
            return response(content)
        return head(200, {"Transfer-Encoding": "chunked"}) + chunked(content, 300)


@pytest.mark.parametrize("in_chunks", [False, True], ids=["length", "chunks"])
async def test_a_response_may_be_cut_at_every_byte(house: JudgeHouse, in_chunks: bool) -> None:
    cutter = Cutter(in_chunks=in_chunks)
    with house.judge(honest, behave=cutter) as endpoint:
        judge = judge_at(endpoint, max_concurrency=64)
        texts = [f"t{number}" for number in range(400)]
        found = await verdicts_of(judge, texts)
        await judge.aclose()
    assert lies(found) == []
    assert failed(found) == {}
    assert cutter.length <= len(texts) * len(CRITERIA)
    assert endpoint.connections <= 64
