"""When a request is made again, with which key and deadline, and when no more."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.judges.raw_server import RawServer, Received, raw, raw_server, response
from tests.trainer_adapters.answers import BROKEN, Json, Time, answer, changed, client, in_turn, sent
from trainer_adapters import InvalidSetting, Refused, TooManyUnscored
from trainer_adapters.client import connections
from trainer_adapters.client.connections import Reply
from trainer_adapters.client.deadline import Deadline
from trainer_adapters.client.posting import server_deadline_s
from trainer_adapters.client.reading import retry_after_s

ROLLOUTS = [{"id": "a", "completion": "four"}, {"completion": "seven77"}]
BUSY = response(b'{"error": {"code": "overloaded", "message": "full"}}', 503, {"Retry-After": "2"})


async def scored(server: RawServer, time: Time, **overrides: object) -> list[float | None]:
    gavel = client(server.base_url, time, **overrides)
    try:
        return (await gavel.score(ROLLOUTS)).rewards
    finally:
        await gavel.aclose()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(status: int) -> None:
    async with raw_server(in_turn(response(b"busy", status), None)) as server:
        assert await scored(server, Time()) == [4.0, 7.0]
    assert len(server.received) == 2


@pytest.mark.parametrize("status", [302, 400, 401, 404, 413, 422])
async def test_a_mistake_is_raised_at_once_with_the_servers_advice(status: int) -> None:
    error = {"code": "some_code", "message": "no", "path": "$.rollouts[0]", "hint": "do this"}
    async with raw_server(in_turn(response(json.dumps({"error": error}).encode(), status))) as server:
        with pytest.raises(
            Refused, match=rf"{status} some_code: no at \$.rollouts\[0\] \(do this\)"
        ) as raised:
            await scored(server, Time())
    assert (raised.value.status, raised.value.path, raised.value.hint) == (status, "$.rollouts[0]", "do this")
    assert len(server.received) == 1


async def test_an_answer_that_is_not_gavels_is_a_mistake_in_the_address() -> None:
    async with raw_server(in_turn(response(b"<html>", 404))) as server:
        with pytest.raises(Refused, match="is there a gavel server at this address"):
            await scored(server, Time())


async def test_a_connection_that_breaks_in_the_reply_is_tried_again() -> None:
    async with raw_server(in_turn(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", None)) as server:

        async def breaks(received: Received, writer: asyncio.StreamWriter) -> None:
            if received.number == 1:
                await raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")(received, writer)
            else:
                writer.write(response(json.dumps(answer(received)).encode()))

        server.behave = breaks
        assert await scored(server, Time()) == [4.0, 7.0]


BREAKAGES: list[tuple[str, Any]] = [
    ("one reward too few", lambda found: found["rewards"].pop()),
    ("one result too many", lambda found: found["results"].append(found["results"][0])),
    ("rewards that are no list", lambda found: found.update(rewards={"a": 1})),
    ("another rollout's id", lambda found: found["results"][0].update(id="b")),
    ("another order", lambda found: found["results"].reverse()),
    ("text for a reward", lambda found: found.update(rewards=["4", 7.0])),
    ("a boolean", lambda found: (found.update(rewards=[True, 7.0]), found["results"][0].update(reward=True))),
    ("a reward that differs", lambda found: found.update(rewards=[5.0, 7.0])),
    ("a huge integer", lambda found: set_reward(found, 10**400)),
    ("an infinite value", lambda found: set_component(found, float("inf"))),
    ("a value that is text", lambda found: set_component(found, "1")),
    ("no value", lambda found: found["results"][0]["components"]["accuracy"].pop("value")),
    ("a null without a cause", lambda found: set_reward(found, None)),
    ("no cause key", lambda found: found["results"][0].pop("cause")),
    ("a cause that is a number", lambda found: found["results"][0].update(cause=5)),
    (
        "a component without a weight",
        lambda found: found["results"][0]["components"]["accuracy"].pop("weight"),
    ),
    ("a weight that is text", lambda found: found["results"][0]["components"]["accuracy"].update(weight="1")),
    ("results that are text", lambda found: found.update(results=["a", "b"])),
]


def set_reward(found: Json, value: object) -> None:
    found["rewards"][0] = found["results"][0]["reward"] = value


def set_component(found: Json, value: object) -> None:
    found["results"][0]["components"]["accuracy"]["value"] = value


@pytest.mark.parametrize(("name", "change"), BREAKAGES, ids=[name for name, _ in BREAKAGES])
async def test_an_answer_of_the_wrong_shape_is_never_a_reward(name: str, change: Any) -> None:
    async with raw_server(changed(change)) as server:
        assert await scored(server, Time()) == [4.0, 7.0]
    assert len(server.received) == 2


@pytest.mark.parametrize("body", [BROKEN, b"[]", b"\xff", b"[" * 100_000, b'{"rewards": [1e999, 1]}', b""])
async def test_an_answer_that_is_not_json_is_never_a_reward(body: bytes) -> None:
    async with raw_server(in_turn(response(body), None)) as server:
        assert await scored(server, Time()) == [4.0, 7.0]


async def test_tries_share_their_key_as_long_as_they_are_equal_and_the_deadline_shrinks() -> None:
    time = Time()
    async with raw_server(in_turn(BUSY, BUSY, BUSY, None)) as server:
        await scored(server, time, deadline_s=100)
    # Steps of 5 s. Left: 100, then 100 - 2.25 = 97.75, then - 2.5 = 95.25, then - 3 = 92.25.
    assert time.waits == [2.25, 2.5, 3.0]
    assert [sent(received)["deadline_s"] for received in server.received] == [95.0, 95.0, 90.0, 85.0]
    keys = [received.headers["idempotency-key"] for received in server.received]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert len({received.headers["x-gavel-batch"] for received in server.received}) == 1
    assert server.received[0].body == server.received[1].body


def test_the_server_is_given_less_than_is_left() -> None:
    time = Time()
    deadline = Deadline(1.0, time.clock)
    for _ in range(19):
        given, left = server_deadline_s(deadline), deadline.remaining()
        assert 0 < given < left
        assert left - given >= min(0.025, left / 2) - 1e-9
        time.now += 0.05


async def test_after_the_deadline_the_rollouts_are_unscored_with_the_columns_that_are_known() -> None:
    time = Time()
    async with raw_server(in_turn(None, BUSY)) as server:
        gavel = client(server.base_url, time, deadline_s=10)
        await gavel.score(ROLLOUTS)
        scores = await gavel.score(ROLLOUTS)
        await gavel.aclose()
    assert scores.rewards == [None, None]
    assert scores.causes == ["unreachable", "unreachable"]
    assert [result["id"] for result in scores.results] == ["a", "#1"]
    assert scores.components == {"accuracy": [None, None]}
    assert scores.results[0]["components"]["accuracy"]["weight"] == 0.5
    assert "503 overloaded: full" in scores.results[0]["detail"]
    assert sum(time.waits) <= 10


async def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    time = Time()
    later = response(b"", 503, {"Retry-After": "60"})
    async with raw_server(in_turn(later)) as server:
        assert await scored(server, time, deadline_s=30) == [None, None]
    assert time.waits == []


async def test_waits_grow_up_to_a_bound_and_tries_are_counted() -> None:
    time = Time()
    async with raw_server(in_turn(response(b"", 502))) as server:
        assert await scored(server, time, attempts=8, longest_wait_s=4) == [None, None]
    assert time.waits == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert len(server.received) == 8


async def test_a_drip_feed_ends_at_the_deadline() -> None:
    async def drips(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with raw_server(drips) as server:
        gavel = client(server.base_url, Time(), deadline_s=0.2, attempts=1)
        scores = await gavel.score(ROLLOUTS)
        await server.until_open(0)
        server.behave = in_turn(None)
        assert scores.causes == ["unreachable", "unreachable"]
        assert (await gavel.score(ROLLOUTS)).rewards == [4.0, 7.0]
        await gavel.aclose()


async def test_a_call_that_is_cancelled_closes_its_connection_and_leaves_others_theirs() -> None:
    release = asyncio.Event()

    async def slow(received: Received, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.write(response(json.dumps(answer(received)).encode()))

    async with raw_server(slow) as server:
        gavel = client(server.base_url)
        leaving, staying = (asyncio.ensure_future(gavel.score(ROLLOUTS)) for _ in range(2))
        await server.until_open(2)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        release.set()
        assert (await staying).rewards == [4.0, 7.0]
        assert (await gavel.score(ROLLOUTS)).rewards == [4.0, 7.0]
        await server.until_open(1)  # the new one: those of before are closed
        await gavel.aclose()


async def test_a_dead_server_stops_the_run() -> None:
    async with raw_server(in_turn(BUSY)) as server:
        gavel = client(server.base_url, Time(), deadline_s=1)
        for _ in range(16):  # 32 of a window of 64: half of it, not more
            assert (await gavel.score(ROLLOUTS)).unscored_fraction == 1
        with pytest.raises(TooManyUnscored, match=r"34 of the last 64 rollouts are unscored.*unreachable 34"):
            await gavel.score(ROLLOUTS)
        await gavel.aclose()


async def test_a_redirect_is_not_followed_so_the_token_stays_here() -> None:
    async with raw_server(in_turn(None)) as elsewhere:
        leads = response(b"", 307, {"Location": f"{elsewhere.base_url}/rewards"})
        async with raw_server(in_turn(leads)) as server:
            gavel = client(server.base_url, token="t0ken")
            with pytest.raises(Refused, match=r"307: .*it redirects elsewhere"):
                await gavel.score(ROLLOUTS)
            await gavel.aclose()
    assert elsewhere.received == []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "gopher://127.0.0.1:1", "http://127.0.0.1:port"])
async def test_a_proxy_that_cannot_be_used_is_a_mistake_in_the_environment(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    gavel = client("http://192.0.2.1:8900", reward="raw")
    with pytest.raises(InvalidSetting, match="ALL_PROXY"):
        await gavel.score(ROLLOUTS)
    await gavel.aclose()


async def test_no_proxy_stands_between_programs_of_one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_server(in_turn(None)) as server, raw_server(in_turn(None)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.base_url.removesuffix("/v1"))
        assert await scored(server, Time()) == [4.0, 7.0]
    assert proxy.received == []


def test_retry_after_in_both_its_forms() -> None:
    def read(text: str) -> float | None:
        return retry_after_s(Reply(503, {"retry-after": text}, b""))

    assert read("7") == 7.0
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert read(soon) == pytest.approx(30, abs=2)
    assert read(format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)) == 0.0
    assert [read(text) for text in ("", "soon", "-3", "9" * 400, "٣")] == [None] * 5
    for impossible in (f"{'9' * 20} 00:00:00 GMT", f"2024 00:00:00 +{'9' * 20}"):
        assert read(f"Mon, 01 Jan {impossible}") is None


async def test_an_endless_answer_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LONGEST_REPLY", 10_000)
    async with raw_server(in_turn(response(b" " * 10_001), None)) as server:
        assert await scored(server, Time()) == [4.0, 7.0]
    assert len(server.received) == 2
