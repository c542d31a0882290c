"""What goes over the wire besides the rollouts."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.judges.raw_server import raw_server, response
from tests.trainer_adapters.answers import Time, client, in_turn, sent
from trainer_adapters import GroupMean, Refused, Unreachable
from trainer_adapters.client.posting import GZIP_BYTES

LARGE = [{"completion": "x" * GZIP_BYTES}]


@pytest.mark.parametrize(
    ("host", "rollouts", "encoding"),
    [
        ("0.0.0.0", LARGE, "gzip"),
        ("0.0.0.0", [{"completion": "x"}], None),
        ("127.0.0.1", LARGE, None),
    ],
)
async def test_only_a_large_body_that_leaves_the_machine_is_compressed(
    host: str, rollouts: list[dict[str, str]], encoding: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with raw_server(in_turn(None)) as server:
        gavel = client(server.base_url.replace("127.0.0.1", host))
        await gavel.score(rollouts)
        await gavel.aclose()
    (received,) = server.received
    assert received.headers.get("content-encoding") == encoding
    assert sent(received)["rollouts"] == rollouts
    assert (len(received.body) < GZIP_BYTES / 2) is (
        encoding == "gzip" or len(rollouts[0]["completion"]) == 1
    )


async def test_a_request_says_who_asks_for_what() -> None:
    async with raw_server(in_turn(None)) as server:
        gavel = client(server.base_url, token="t0ken", reward="raw")
        await gavel.score([{"completion": "x"}], detail="rewards")
        await gavel.score([{"completion": "x"}])
        await gavel.aclose()
    first, second = server.received
    assert first.target == "/v1/rewards"
    assert first.headers["authorization"] == "Bearer t0ken"
    assert first.headers["accept-encoding"] == "identity"
    assert sent(first)["reward"] == "raw"
    assert [sent(received)["detail"] for received in (first, second)] == ["rewards", "components"]
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]
    assert first.connection == second.connection == 1


MEAN: dict[str, Any] = {"reward": 0.5, "components": {"accuracy": 1, "style": None}}
WHOLE: dict[str, Any] = {"id": "g", "size": 4, "arrived": 4, "scored": 3, "complete": True, "mean": MEAN}


async def test_the_means_of_a_group() -> None:
    async with raw_server(in_turn(response(json.dumps(WHOLE).encode()))) as server:
        gavel = client(server.base_url, reward="raw")
        mean = await gavel.group("g 1&2", wait_s=2)
        await gavel.aclose()
    path, _, query = server.received[0].target.partition("?")
    assert path == "/v1/groups"
    assert parse_qsl(query) == [("reward", "raw"), ("id", "g 1&2"), ("wait_s", "2")]
    assert mean == GroupMean(
        0.5, {"accuracy": 1.0, "style": None}, complete=True, scored=3, arrived=4, size=4
    )


@pytest.mark.parametrize(
    "mean",
    [
        {"reward": "1", "components": {}},
        {"reward": True, "components": {}},
        {"reward": 10**400, "components": {}},
        {"reward": 1.0},
        None,
    ],
)
async def test_means_that_are_no_numbers_are_asked_for_again(mean: object) -> None:
    broken = response(json.dumps({**WHOLE, "mean": mean}).encode())
    async with raw_server(in_turn(broken, response(json.dumps(WHOLE).encode()))) as server:
        gavel = client(server.base_url, reward="raw")
        assert (await gavel.group("g")).reward == 0.5
        server.received.clear()
        await gavel.aclose()


async def test_a_group_that_nobody_knows_is_refused_and_a_silent_server_unreachable() -> None:
    unknown = response(b'{"error": {"code": "not_found", "message": "no such group"}}', 404)
    async with raw_server(in_turn(unknown, response(b"", 503))) as server:
        gavel = client(server.base_url, reward="raw")
        with pytest.raises(Refused, match="404 not_found: no such group"):
            await gavel.group("g")
        with pytest.raises(Unreachable, match="/v1/groups"):
            await gavel.group("g", wait_s=1)
        await gavel.aclose()


async def test_a_group_is_waited_for_no_longer_than_was_asked_whoever_answers() -> None:
    """A server that starts again in the middle is not asked to wait for the whole time once more."""
    away = response(b"", 503, {"Retry-After": "20"})
    time = Time()
    async with raw_server(in_turn(away, response(json.dumps(WHOLE).encode()))) as server:
        gavel = client(server.base_url, time, reward="raw")
        await gavel.group("g", wait_s=30)
        await gavel.aclose()
    waits = [
        float(dict(parse_qsl(received.target.partition("?")[2]))["wait_s"]) for received in server.received
    ]
    assert time.waits == [20.25]  # what the server asked for, and the longest of the first random waits
    assert waits == [30, 30 - 20.25]


async def test_several_reward_functions_need_a_name() -> None:
    several = json.dumps([{"name": name, "components": []} for name in ("one", "two")]).encode()
    async with raw_server(in_turn(response(several))) as server:
        gavel = client(server.base_url)
        with pytest.raises(Refused, match=r"reward functions: one, two \(name one by GAVEL_REWARD\)"):
            await gavel.describe()
        await gavel.aclose()


async def test_a_description_is_asked_for_once_and_tells_what_a_group_needs() -> None:
    found = {
        "name": "raw",
        "components": [{"name": "a", "weight": 1}],
        "relative": True,
        "questions": 7,
        "version": "sha256:2",
    }
    async with raw_server(in_turn(response(json.dumps(found).encode()))) as server:
        gavel = client(server.base_url, reward="ra/w")
        first, second = await gavel.describe(), await gavel.describe()
        await gavel.aclose()
    assert first is second
    assert (first.relative, first.questions, first.weights, first.version) == (
        True,
        7,
        {"a": 1.0},
        "sha256:2",
    )
    assert [received.target for received in server.received] == ["/v1/rewards/ra%2Fw"]
