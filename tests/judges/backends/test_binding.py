"""Promise 5: a reply belongs to its call, whatever the endpoint and its connections do."""

import asyncio
import os
from collections import Counter

import pytest

from judges.backend import Backend, BackendError
from judges.backends.binding import Binding, Ids
from judges.request import Reply
from rubrics.cause import Cause
from tests.judges.backends.endpoint import REQUEST, asking, endpoint, options
from tests.judges.raw_server import Received, completion, raw_server, replies, response


async def outcome(backend: Backend, text: str = "a post") -> Reply | Cause:
    try:
        return await backend(asking(text))
    except BackendError as error:
        return error.cause


async def test_p05_once_ids_are_echoed_a_reply_without_ours_is_not_ours() -> None:
    async def forgetful(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(response(completion(received.id if received.number != 2 else "0" * 32)))

    async with endpoint(forgetful) as (server, backend):
        await backend(REQUEST)
        assert await outcome(backend) == Cause.JUDGE_MISMATCHED
        await backend(REQUEST)
    assert [received.connection for received in server.received] == [1, 1, 2]


async def test_p05_another_calls_id_gives_itself_away_even_in_the_first_reply() -> None:
    waiting: list[tuple[Received, asyncio.StreamWriter]] = []

    async def swapped(received: Received, writer: asyncio.StreamWriter) -> None:
        waiting.append((received, writer))
        if len(waiting) == 2:
            for (_, to), (of, _) in zip(waiting, reversed(waiting), strict=True):
                to.write(response(completion(of.id)))

    async with endpoint(swapped) as (_, backend):
        outcomes = await asyncio.gather(outcome(backend), outcome(backend))
    assert list(outcomes) == [Cause.JUDGE_MISMATCHED] * 2


async def test_p05_replies_swapped_between_two_replicas_are_found_out() -> None:
    waiting: list[tuple[Received, asyncio.StreamWriter]] = []

    async def swapped(received: Received, writer: asyncio.StreamWriter) -> None:
        waiting.append((received, writer))
        if len(waiting) == 2:
            for (_, to), (of, _) in zip(waiting, reversed(waiting), strict=True):
                to.write(response(completion(of.id)))

    async with raw_server(swapped) as server:
        opened = options([server.base_url, server.base_url.replace("127.0.0.1", "localhost")])
        backends = [opener() for opener in opened.endpoints().values()]
        outcomes = await asyncio.gather(*map(outcome, backends))
        for backend in backends:
            await backend.aclose()
    assert outcomes == [Cause.JUDGE_MISMATCHED] * 2


async def test_p05_a_header_binds_as_well_as_the_body() -> None:
    async def by_header(received: Received, writer: asyncio.StreamWriter) -> None:
        echo = {} if received.number == 3 else {"x-request-ID": received.id}
        writer.write(response(completion("of-its-own"), headers=echo))

    async with endpoint(by_header) as (server, backend):
        outcomes = [await outcome(backend) for _ in range(3)]
    assert [isinstance(found, Reply) and found.echoes for found in outcomes[:2]] == [True, True]
    assert outcomes[2] == Cause.JUDGE_MISMATCHED
    assert [received.connection for received in server.received] == [1, 1, 1]


async def test_p05_a_field_of_the_body_carries_the_id_where_headers_are_not_read() -> None:
    async def like_sglang(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(response(completion(received.json["rid"])))

    async with endpoint(like_sglang, request_id_field="rid") as (server, backend):
        assert (await backend(REQUEST)).echoes
        await backend(REQUEST)
    assert [received.connection for received in server.received] == [1, 1]


@pytest.mark.parametrize(("reuse", "connections"), [("when_bound", [1, 2, 3]), ("always", [1, 1, 1])])
async def test_p05_an_endpoint_that_never_echoes_gets_a_connection_for_each_call(
    reuse: str, connections: list[int]
) -> None:
    async with endpoint(replies(completion("of-its-own")), reuse_connections=reuse) as (server, backend):
        outcomes = [await backend(REQUEST) for _ in range(3)]
        await server.until_open(len(set(connections)) % 3)
    assert [(reply.text, reply.echoes) for reply in outcomes] == [("yes", False)] * 3
    assert [received.connection for received in server.received] == connections


@pytest.mark.parametrize(("reuse", "connections"), [("when_bound", [1, 2]), ("always", [1, 1])])
async def test_p05_an_error_binds_nothing(reuse: str, connections: list[int]) -> None:
    async with endpoint(replies(b"{}", 503), reuse_connections=reuse) as (server, backend):
        assert [await outcome(backend) for _ in range(2)] == [Cause.JUDGE_ERROR] * 2
    assert [received.connection for received in server.received] == connections


async def test_once_ids_are_echoed_an_error_keeps_its_connection() -> None:
    async def overloaded(received: Received, writer: asyncio.StreamWriter) -> None:
        busy = received.number == 2
        writer.write(response(b"{}", 503) if busy else response(completion(received.id)))

    async with endpoint(overloaded) as (server, backend):
        outcomes = [await outcome(backend) for _ in range(3)]
    assert outcomes[1] == Cause.JUDGE_ERROR
    assert [received.connection for received in server.received] == [1, 1, 1]


async def test_p05_a_late_duplicate_of_an_error_is_nobodys_answer() -> None:
    """An endpoint without ids says 503 and, on the same connection, then answers after all."""
    second = asyncio.Event()

    async def hesitant(received: Received, writer: asyncio.StreamWriter) -> None:
        if received.number == 1:
            writer.write(response(b"{}", 503))
            await second.wait()
            writer.write(response(completion("fixed", "no")))
        else:
            second.set()
            await asyncio.sleep(0)
            writer.write(response(completion("fixed", "yes")))

    async with endpoint(hesitant) as (_, backend):
        assert await outcome(backend) == Cause.JUDGE_ERROR
        found = await outcome(backend)
    assert isinstance(found, Reply)
    assert found.text == "yes"


async def test_p05_a_response_nobody_asked_for_is_not_handed_to_the_next_caller() -> None:
    """An endpoint that answers its first request twice, taken at its word: the second waits in the socket."""
    sent_twice = asyncio.Event()
    go_on = asyncio.Event()

    async def stutter(received: Received, writer: asyncio.StreamWriter) -> None:
        text = "yes" if received.number == 1 else "no"
        writer.write(response(completion("fixed", text)))
        if received.number == 1:
            await go_on.wait()
            writer.write(response(completion("fixed", text)))
            await writer.drain()
            sent_twice.set()

    async with endpoint(stutter, reuse_connections="always") as (server, backend):
        assert (await backend(REQUEST)).text == "yes"
        go_on.set()
        await sent_twice.wait()
        assert (await backend(REQUEST)).text == "no"
    assert [received.connection for received in server.received] == [1, 2]


@pytest.mark.parametrize("echoes", [True, False])
async def test_p05_no_reply_is_misattributed_by_a_desynchronising_endpoint(echoes: bool) -> None:
    """The endpoint repeats stale responses and swaps others; each right answer is in its own prompt."""
    held: list[tuple[Received, asyncio.StreamWriter]] = []
    background: set[asyncio.Task[None]] = set()

    async def again(content: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.001)
        writer.write(content)

    async def desynchronised(received: Received, writer: asyncio.StreamWriter) -> None:
        if received.number % 11 == 0 and echoes:
            held.append((received, writer))
            if len(held) == 2:
                for (_, to), (of, _) in zip(held, reversed(held), strict=True):
                    to.write(honest(of))
                held.clear()
            return
        writer.write(honest(received))
        if received.number % 7 == 0:
            task = asyncio.create_task(again(honest(received), writer))
            background.add(task)

    def honest(received: Received) -> bytes:
        word = received.json["messages"][1]["content"].split()[0]
        return response(completion(received.id if echoes else "fixed", word, 0.97))

    calls = 2_000
    slots = asyncio.Semaphore(16)

    async def ask(word: str, number: int) -> str:
        async with slots, asyncio.timeout(1.0):
            found = await outcome(backend, f"{word} {number}")
        return str(found) if isinstance(found, Cause) else "right" if found.text == word else "wrong"

    async with endpoint(desynchronised) as (_, backend):
        words = ["yes" if index * 7919 % 13 < 6 else "no" for index in range(calls)]
        tasks = [asyncio.create_task(ask(word, n)) for n, word in enumerate(words)]
        done = Counter([found if isinstance(found, str) else "timeout" for found in await settled(tasks)])
        await asyncio.gather(*background)
    assert done["wrong"] == 0
    assert done["right"] > 0.75 * calls
    assert set(done) <= {"right", "timeout", Cause.JUDGE_MISMATCHED, Cause.JUDGE_UNREACHABLE}


async def settled(tasks: list[asyncio.Task[str]]) -> list[str | BaseException]:
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_ids_are_never_used_twice_and_none_is_part_of_another() -> None:
    ids = Ids()
    found = [ids.next() for _ in range(1000)]
    assert len(set(found)) == 1000
    assert {len(each) for each in found} == {32}


def test_p05_a_forked_process_has_ids_of_its_own() -> None:
    from judges.backends.binding import IDS

    before = IDS.next()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, IDS.next().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 100).decode()
    os.close(reading)
    os.close(writing)
    assert len(theirs) == 32
    assert theirs[:16] != before[:16]
    assert IDS.next()[:16] == before[:16]


def test_an_endpoint_that_echoes_in_the_body_is_not_let_off_with_a_header() -> None:
    binding, ours = Binding(), "a" * 32
    assert binding.check(ours, f"chatcmpl-{ours}", "")
    with pytest.raises(BackendError, match="does not carry our id"):
        binding.check(ours, "chatcmpl-1", ours)
