"""Single calls share a request, get their own result, and can leave."""

import asyncio
import json

import pytest

from tests.judges.raw_server import Received, raw_server, response
from tests.trainer_adapters.answers import Json, answer, client, describes, in_turn, scores, sent
from trainer_adapters import AsyncGavel, Refused, TooManyUnscored

LONG = 0.05
"""Seconds to collect: long enough for a busy machine to hand in what a test hands in."""


def rollout(number: int, **fields: object) -> Json:
    return {"id": f"r{number}", "completion": "x" * number, **fields}


def posts(received: list[Received]) -> list[list[Json]]:
    return [sent(request)["rollouts"] for request in received if request.body]


async def joined(gavel: AsyncGavel, rollouts: list[Json]) -> list[Json]:
    return list(await asyncio.gather(*map(gavel.join, rollouts)))


async def test_calls_of_one_moment_are_one_request_and_each_gets_its_own() -> None:
    async with raw_server(scores()) as server:
        gavel = client(server.base_url, join_s=LONG)
        results = await joined(gavel, [rollout(number) for number in range(1, 51)])
        await gavel.aclose()
    assert [result["reward"] for result in results] == [float(number) for number in range(1, 51)]
    assert [result["id"] for result in results] == [f"r{number}" for number in range(1, 51)]
    assert [len(rollouts) for rollouts in posts(server.received)] == [50]


async def test_rollouts_without_ids_get_their_own_too() -> None:
    async with raw_server(scores()) as server:
        gavel = client(server.base_url, join_s=LONG)
        results = await joined(gavel, [{"completion": "x" * number} for number in (3, 1, 2)])
        await gavel.aclose()
    named = [(result["id"], result["group"], result["reward"]) for result in results]
    assert named == [("#0", "#0", 3.0), ("#0", "#0", 1.0), ("#0", "#0", 2.0)]
    assert len(posts(server.received)) == 1


async def test_a_request_is_full_at_its_bound_and_holds_an_id_once() -> None:
    async with raw_server(scores()) as server:
        gavel = client(server.base_url, join_s=LONG, batch_rollouts=2)
        results = await joined(gavel, [rollout(1), rollout(2), rollout(3), rollout(3, completion="other")])
        await gavel.aclose()
    assert [result["reward"] for result in results] == [1.0, 2.0, 3.0, 5.0]
    sizes = [[each["id"] for each in rollouts] for rollouts in posts(server.received)]
    assert sorted(sizes) == [["r1", "r2"], ["r3"], ["r3"]]


async def test_where_groups_are_compared_none_waits_for_a_stranger() -> None:
    waiting = asyncio.Event()

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        if not received.body:
            writer.write(describes(relative=True))
            return
        if sent(received)["rollouts"][0]["group"] == "slow":
            await waiting.wait()
        writer.write(response(json.dumps(answer(received)).encode()))

    async with raw_server(behave) as server:
        gavel = client(server.base_url, join_s=LONG)
        slow = asyncio.ensure_future(gavel.join(rollout(1, group="slow")))
        fast = await joined(gavel, [rollout(2, group="fast"), rollout(3, group="fast")])
        assert [result["reward"] for result in fast] == [2.0, 3.0]
        assert not slow.done()
        waiting.set()
        assert (await slow)["reward"] == 1.0
        await gavel.aclose()
    assert [len(rollouts) for rollouts in posts(server.received)] == [1, 2]


async def test_who_leaves_before_it_is_sent_is_not_sent() -> None:
    async with raw_server(scores()) as server:
        gavel = client(server.base_url, join_s=LONG)
        leaving, staying = (asyncio.ensure_future(gavel.join(rollout(number))) for number in (1, 2))
        await asyncio.sleep(0)
        leaving.cancel()
        assert (await staying)["reward"] == 2.0
        await gavel.aclose()
    assert [[each["id"] for each in rollouts] for rollouts in posts(server.received)] == [["r2"]]


async def test_one_who_leaves_does_not_disturb_the_rest_and_the_last_ends_the_request() -> None:
    arrived, release = asyncio.Event(), asyncio.Event()

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        if not received.body:
            writer.write(describes())
            return
        arrived.set()
        await release.wait()
        writer.write(response(json.dumps(answer(received)).encode()))

    async with raw_server(behave) as server:
        gavel = client(server.base_url, join_s=LONG)
        first, second = (asyncio.ensure_future(gavel.join(rollout(number))) for number in (1, 2))
        await arrived.wait()
        first.cancel()
        release.set()
        assert (await second)["reward"] == 2.0
        arrived.clear()
        release.clear()
        last = asyncio.ensure_future(gavel.join(rollout(3)))
        await arrived.wait()
        last.cancel()
        release.set()
        await server.until_open(0)  # both pools had a cancelled call, or were left by it
        await gavel.aclose()


async def test_a_mistake_is_everybodys_and_the_next_call_is_fresh() -> None:
    refusal = response(b'{"error": {"code": "unauthorized", "message": "no token"}}', 401)
    async with raw_server(in_turn(refusal, describes(), None)) as server:
        gavel = client(server.base_url, join_s=LONG)
        found = await asyncio.gather(*(gavel.join(rollout(n)) for n in range(1, 4)), return_exceptions=True)
        assert [type(error) for error in found] == [Refused] * 3
        assert len(server.received) == 1
        assert (await gavel.join(rollout(5)))["reward"] == 5.0
        await gavel.aclose()


@pytest.mark.parametrize("name", ["id", "group"])
async def test_a_name_that_is_no_text_is_its_callers_mistake_alone(name: str) -> None:
    async with raw_server(scores()) as server:
        gavel = client(server.base_url, join_s=LONG)
        other = asyncio.ensure_future(gavel.join(rollout(2)))
        await asyncio.sleep(0)
        for wrong in (["a"], 3):
            with pytest.raises(Refused, match=rf"{name} is text, not .* at \$\.rollouts\[0\]\.{name}"):
                await gavel.join({"completion": "x", name: wrong})
        assert (await other)["reward"] == 2.0
        assert (await asyncio.wait_for(gavel.join(rollout(3)), 10))["reward"] == 3.0
        await gavel.aclose()


async def test_a_server_that_cannot_be_reached_makes_holes_and_then_stops_the_run() -> None:
    async with raw_server(scores()) as server:
        address = server.base_url
    gavel = client(address, deadline_s=2, join_s=0)
    results = await joined(gavel, [rollout(number) for number in range(32)])
    assert {result["cause"] for result in results} == {"unreachable"}
    with pytest.raises(TooManyUnscored):
        await gavel.join(rollout(32))
    await gavel.aclose()
