import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from judges.sim.faults import FaultInjector, FaultKind, parse_faults
from tests.judges.sim.client import Json, chat_body, counters_when, post_chat, state, switch_faults
from tests.processes import ServerProcess, start_sim


class Faulty:
    """A judge of which every call suffers one kind of fault, and a client for it."""

    def __init__(self, server: ServerProcess, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session

    def post(self, kind: FaultKind) -> "Posted":
        return Posted(self, kind)


class Posted:
    """`async with`: the response to one call that suffers `kind`."""

    def __init__(self, faulty: Faulty, kind: FaultKind) -> None:
        self._faulty = faulty
        self._kind = kind

    async def __aenter__(self) -> aiohttp.ClientResponse:
        await switch_faults(self._faulty.server, f"{self._kind}:1")
        url = f"{self._faulty.server.base_url}/chat/completions"
        headers = {"X-Request-Id": "mine"}
        self._response = await self._faulty.session.post(url, json=chat_body(), headers=headers)
        return self._response

    async def __aexit__(self, *_: object) -> None:
        self._response.close()


@pytest.fixture
async def faulty(sim: ServerProcess) -> AsyncIterator[Faulty]:
    async with aiohttp.ClientSession() as session:
        yield Faulty(sim, session)
    await switch_faults(sim, "")


async def outcomes(server: ServerProcess, kind: FaultKind) -> int:
    counted: int = (await state(server))["counters"]["requests"].get(kind, 0)
    return counted


def mass(reply: Json, *choices: str) -> float:
    (token,) = reply["choices"][0]["logprobs"]["content"]
    return math.fsum(
        math.exp(entry["logprob"])
        for entry in token["top_logprobs"]
        if entry["token"].strip().casefold() in choices
    )


@pytest.mark.parametrize(
    ("kind", "status", "retry_after"),
    [(FaultKind.HTTP500, 500, None), (FaultKind.HTTP503, 503, None), (FaultKind.HTTP429, 429, "1")],
)
async def test_error_status(faulty: Faulty, kind: FaultKind, status: int, retry_after: str | None) -> None:
    async with faulty.post(kind) as response:
        assert response.status == status
        assert response.headers.get("Retry-After") == retry_after
        assert response.headers["X-Gavel-Simulated"] == "true"
        assert "simulated judge" in (await response.json())["error"]["message"]


async def test_timeout_never_answers(faulty: Faulty) -> None:
    before = await outcomes(faulty.server, FaultKind.TIMEOUT)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3), faulty.post(FaultKind.TIMEOUT):
            pass
    assert await outcomes(faulty.server, FaultKind.TIMEOUT) == before + 1


async def test_disconnect_drops_the_connection(faulty: Faulty) -> None:
    with pytest.raises(aiohttp.ServerDisconnectedError):
        async with faulty.post(FaultKind.DISCONNECT):
            pass


async def test_truncated_stops_in_the_middle(faulty: Faulty) -> None:
    async with faulty.post(FaultKind.TRUNCATED) as response:
        assert response.status == 200
        head = await response.content.readany()
        assert head.startswith(b'{"id":"chatcmpl-mine"')
        assert len(head) == int(response.headers["Content-Length"]) // 2
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_drip_sends_a_byte_now_and_then(faulty: Faulty) -> None:
    async with faulty.post(FaultKind.DRIP) as response:
        assert response.status == 200
        assert await response.content.readexactly(2) == b"  "
        assert not response.content.at_eof()


async def test_html_in_place_of_json(faulty: Faulty) -> None:
    async with faulty.post(FaultKind.HTML) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert (await response.text()).startswith("<html>")


async def test_empty_has_no_choices(faulty: Faulty) -> None:
    async with faulty.post(FaultKind.EMPTY) as response:
        assert (await response.json())["choices"] == []


async def test_garbage_offers_none_of_the_choices(faulty: Faulty) -> None:
    async with faulty.post(FaultKind.GARBAGE) as response:
        reply = await response.json()
    assert reply["choices"][0]["message"]["content"] == "blorf"
    assert mass(reply, "yes", "no") == 0


async def test_wrong_id_spoils_the_id_only(faulty: Faulty) -> None:
    async with faulty.post(FaultKind.WRONG_ID) as response:
        reply = await response.json()
    await switch_faults(faulty.server, "")
    healthy = await post_chat(faulty.server, chat_body(), "mine")
    assert reply["id"].startswith("chatcmpl-")
    assert reply["id"] != healthy["id"] == "chatcmpl-mine"
    assert reply["choices"] == healthy["choices"]


async def test_abstain_leaves_less_than_half_to_the_choices(faulty: Faulty) -> None:
    async with faulty.post(FaultKind.ABSTAIN) as response:
        reply = await response.json()
    assert reply["choices"][0]["message"]["content"] == "Hmm"
    assert mass(reply, "yes", "no") == pytest.approx(0.3, abs=1e-3)  # the last of 21 tokens is cut off
    assert mass(reply, "hmm") == pytest.approx(0.5)


async def test_refusal_has_no_content(faulty: Faulty) -> None:
    async with faulty.post(FaultKind.REFUSAL) as response:
        (choice,) = (await response.json())["choices"]
    assert choice["message"]["content"] is None
    assert "I can't help with that.".startswith(choice["message"]["refusal"])
    assert choice["logprobs"]["content"] is None


def test_every_kind_is_tested_here() -> None:
    source = Path(__file__).read_text()
    assert [kind for kind in FaultKind if f"FaultKind.{kind.name}" not in source] == []


async def test_unserved_faults_hold_no_slot() -> None:
    with start_sim("--ttft", "0", "--slots", "1", "--fault", "timeout:1") as server:
        hanging = [asyncio.create_task(post_chat(server, chat_body(f"{n}?"))) for n in range(3)]
        await counters_when(server, lambda counters: counters["requests"].get("timeout") == 3)
        await switch_faults(server, "")
        async with asyncio.timeout(10):
            await post_chat(server, chat_body())
        for call in hanging:
            call.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_fates_are_those_the_injector_predicts(sim: ServerProcess) -> None:
    spec = "http500:0.5"
    await switch_faults(sim, spec)
    twin = FaultInjector(parse_faults(spec), seed=0)
    async with aiohttp.ClientSession() as session:
        for number in range(10):
            body = b'{"messages": [{"role": "user", "content": "question %d?"}]}' % number
            for _ in range(4):
                async with session.post(f"{sim.base_url}/chat/completions", data=body) as response:
                    assert (response.status == 500) == (twin.next(body) is not None)
    await switch_faults(sim, "")


async def test_switch_is_validated_and_shown(sim: ServerProcess) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"{sim.root_url}/sim/faults"
        async with session.post(url, json={"fault": "banana:1"}) as response:
            assert response.status == 400
            assert "'banana:1': unknown kind" in (await response.json())["error"]["message"]
        async with session.post(url, json={"fault": "html:0.25"}) as response:
            assert (await response.json())["options"]["fault"] == "html:0.25"
        await switch_faults(sim, "")
    assert (await state(sim))["options"]["fault"] == ""
