"""Promise 13: whoever leaves takes its calls along, and leaves the pool as good as it was."""

import asyncio
import random
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from judges.judge import Judge
from tests.judges.faults.making import failed, judge_at, lies, verdicts_of
from tests.judges.faults.reply import after, honest
from tests.judges.faults.server import Behaviour, Call, FaultyJudge, JudgeHouse
from tests.judges.faults.serving import batch_of, judged, serve_over
from tests.judges.faults.suffering import assert_recovered, is_idle

pytestmark = pytest.mark.soak

LEAVERS = 500
AT_ONCE = 50
LONGEST_STAY_S = 0.5
CONNECTIONS = 64

_RESET = struct.pack("ii", 1, 0)

Leave = Callable[[int, random.Random], Awaitable[None]]


def leisurely(rng: random.Random) -> Behaviour:
    """Honest after a while, each time another."""

    def behave(call: Call) -> Awaitable[None] | None:
        return after(rng.uniform(0.0, 1.0))(call)

    return behave


async def all_leave(leave: Leave, rng: random.Random) -> None:
    """Let everybody leave, so many at a time."""
    numbers = iter(range(LEAVERS))

    async def work() -> None:
        for number in numbers:
            await leave(number, rng)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def test_p13_500_callers_that_leave_leave_nothing_in_flight(house: JudgeHouse) -> None:
    rng = random.Random(13)
    with house.judge(honest) as endpoint:
        judge = judge_at(endpoint, max_concurrency=CONNECTIONS)
        endpoint.behave = leisurely(rng)
        await all_leave(_cancelling(judge), rng)
        await _nothing_is_left(endpoint)
        endpoint.behave = None
        await assert_recovered(judge, [endpoint], texts=67, connections=CONNECTIONS)
        await judge.aclose()


def _cancelling(judge: Judge) -> Leave:
    async def leave(number: int, rng: random.Random) -> None:
        asking = asyncio.ensure_future(verdicts_of(judge, [f"t{number}", f"u{number}"]))
        await asyncio.wait([asking], timeout=rng.uniform(0.0, LONGEST_STAY_S))
        asking.cancel()
        await asyncio.wait([asking])

    return leave


async def _nothing_is_left(endpoint: FaultyJudge) -> None:
    started = time.monotonic()
    assert endpoint.struck > LEAVERS / 5
    assert await is_idle([endpoint])
    assert time.monotonic() - started < 1.0


async def test_p13_500_clients_that_disconnect_leave_nothing_in_flight(
    house: JudgeHouse, tmp_path: Path
) -> None:
    rng = random.Random(14)
    with house.judge(honest) as endpoint, serve_over(endpoint.base_url, tmp_path) as served:
        endpoint.behave = leisurely(rng)
        await all_leave(_hanging_up(served.port), rng)
        await _nothing_is_left(endpoint)
        endpoint.behave = None
        names = [f"after{number}" for number in range(67)]
        answer = await asyncio.to_thread(served.post, batch_of(names))
        found = judged(answer.content)
        assert lies(found) == []
        assert failed(found) == {}
        assert len(endpoint.open) <= CONNECTIONS
        assert {line["event"] for line in served.log_lines()} <= {"request", "starting", "ready"}


def _hanging_up(port: int) -> Leave:
    async def leave(number: int, rng: random.Random) -> None:
        body = batch_of([f"t{number}", f"u{number}"])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /v1/rewards HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        await asyncio.sleep(rng.uniform(0.0, LONGEST_STAY_S))
        if rng.random() < 0.5:
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        writer.close()

    return leave
