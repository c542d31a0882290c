"""Several replicas in one process, slow ones, and stalls."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import aiohttp
import pytest

from tests.judges.sim.client import chat_body, post_chat, state
from tests.processes import ServerProcess, start_sim

TTFT = ("--ttft", "0.02", "--prefill-tps", "0")


@pytest.fixture(scope="module")
def replicas() -> Iterator[list[ServerProcess]]:
    with start_sim(*TTFT, "--replicas", "3", "--slow", "2:10") as server:
        urls = re.findall(r"http://[^\s,]+", server.ready_line)
        yield [replace(server, base_url=url) for url in urls]


async def seconds(server: ServerProcess) -> float:
    began = time.monotonic()
    await post_chat(server, chat_body())
    return time.monotonic() - began


async def test_each_has_its_own_port_and_counters(replicas: list[ServerProcess]) -> None:
    assert len({server.base_url for server in replicas}) == 3
    await post_chat(replicas[2], chat_body("only here?"))
    counted = [(await state(server))["counters"]["prompt_tokens"] for server in replicas]
    assert counted[0] == 0 < counted[2]


async def test_a_slow_one_takes_so_many_times_as_long(replicas: list[ServerProcess]) -> None:
    assert await seconds(replicas[1]) >= 0.2
    options = [(await state(server))["options"]["speed"] for server in replicas]
    assert options == [1.0, 0.1, 1.0]


async def stall(server: ServerProcess, value: object) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.root_url}/sim/stall", json={"seconds": value}) as response,
    ):
        return response.status, await response.text()


async def test_a_stall_on_demand_holds_everything_up() -> None:
    with start_sim(*TTFT) as server:
        began = time.monotonic()
        status, _ = await stall(server, 0.4)
        await asyncio.gather(*(post_chat(server, chat_body(f"{n}?")) for n in range(3)))
        took = time.monotonic() - began
        counters = (await state(server))["counters"]
    assert status == 200
    assert took >= 0.42 - 0.001
    assert counters["slot_seconds"] == pytest.approx(0.06)


@pytest.mark.parametrize("value", [-1, 4000, "long", None])
async def test_a_stall_that_makes_no_sense_is_refused(sim: ServerProcess, value: object) -> None:
    status, text = await stall(sim, value)
    assert status == 400
    assert "$.seconds" in text
