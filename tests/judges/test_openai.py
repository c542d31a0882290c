"""The OpenAI-compatible backend over real sockets, well-behaved and not."""

import asyncio
import gzip
import io
import json
import math
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import ValidationError

from judges.backend import Backend, BackendError, Reply, Request, Usage
from judges.judge import Judge
from judges.openai import Openai
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.problems import ConfigError
from rubrics.verdict import Reading
from tests.judges.raw_server import (
    Behaviour,
    RawServer,
    Received,
    completion,
    raw,
    raw_server,
    replies,
    response,
)

SECRET = "sk-this-must-never-be-seen"
PROMPT = "the policy, the post and the reasoning of a rollout, which no log or error should ever quote"
REQUEST = Request([{"role": "user", "content": PROMPT}], ("yes", "no"))


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


def options(base_url: str, **other: object) -> Openai:
    return Openai.model_validate({"base_url": base_url, "model": "judge-8b", **other})


@asynccontextmanager
async def endpoint(behave: Behaviour, **other: object) -> AsyncIterator[tuple[RawServer, Backend]]:
    async with raw_server(behave) as server:
        backend = options(server.base_url, **other).open()
        try:
            yield server, backend
        finally:
            await backend.aclose()


async def failed(behave: Behaviour, **other: object) -> BackendError:
    async with endpoint(behave, **other) as (_, backend):
        with pytest.raises(BackendError) as caught:
            await backend(REQUEST)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert SECRET not in shown
    assert PROMPT[:30] not in caught.value.detail
    assert caught.value.__cause__ is None
    assert len(caught.value.detail) < 300
    assert caught.value.detail.isascii()
    return caught.value


async def test_a_request_asks_for_one_token_with_its_alternatives() -> None:
    async with endpoint(replies(), seed=7, extra_body={"priority": 1, "temperature": None}) as (
        server,
        backend,
    ):
        await backend(REQUEST)
        await backend(Request(REQUEST.messages, ("yes", "no"), "x", 16, logprobs=False))
    first, second = server.received
    assert first.target == "/v1/chat/completions"
    assert first.json == {
        "model": "judge-8b",
        "seed": 7,
        "max_tokens": 1,
        "logprobs": True,
        "top_logprobs": 20,
        "priority": 1,
        "messages": [{"role": "user", "content": PROMPT}],
    }
    assert second.json["max_tokens"] == 16
    assert "logprobs" not in second.json
    assert first.headers["authorization"] == f"Bearer {SECRET}"
    assert first.headers["accept-encoding"] == "identity"
    assert first.headers["content-type"] == "application/json"
    assert first.id != second.id
    assert first.connection == second.connection


async def test_a_reply_is_taken_apart() -> None:
    async with endpoint(replies()) as (_, backend):
        reply = await backend(REQUEST)
    assert reply == Reply("yes", reply.alternatives, "raw", Usage(40, 32, 1))
    assert reply.alternatives is not None
    assert reply.alternatives == [("yes", math.log(0.9)), ("no", math.log(1 - 0.9))]


@pytest.mark.parametrize(
    ("message", "finish", "refusal"),
    [
        ({"content": None, "refusal": "I can't help with that."}, "stop", "I can't help with that."),
        ({"content": ""}, "content_filter", "content_filter"),
        ({"content": None}, "length", None),
    ],
)
async def test_a_refusal_is_told_apart(message: dict[str, str], finish: str, refusal: str | None) -> None:
    body = json.dumps({"choices": [{"message": message, "finish_reason": finish}]}).encode()
    async with endpoint(replies(body)) as (_, backend):
        assert await backend(REQUEST) == Reply("", refusal=refusal)


ODD_REPLIES = {
    "empty": b"",
    "html": b"<html>502 Bad Gateway</html>",
    "truncated json": completion()[:-5],
    "two objects": completion() + completion(),
    "no choices": b'{"id": "1"}',
    "empty choices": b'{"choices": []}',
    "two choices": b'{"choices": [{"message": {"content": "yes"}}, {"message": {"content": "no"}}]}',
    "null": b"null",
    "a number": b"1",
    "nan": completion().replace(b"-0.1", b"NaN"),
    "text logprob": completion().replace(b'"logprob": -', b'"logprob": "x" , "y": -'),
    "content of a wrong type": b'{"choices": [{"message": {"content": 1}}]}',
    "not utf-8": b'{"choices": [{"message": {"content": "\xff\xfe"}}]}',
    "deep": b'{"choices": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep, in a field nobody reads": b'{"extra": ' + b"[" * 100_000 + b"]" * 100_000 + b', "choices": []}',
    "an error with status 200": b'{"error": {"message": "overloaded"}}',
}


@pytest.mark.parametrize("name", ODD_REPLIES)
async def test_p01_a_body_without_one_completion_is_garbled(name: str) -> None:
    error = await failed(replies(ODD_REPLIES[name]))
    assert (error.cause, error.retryable) == (Cause.JUDGE_GARBLED, True)


@pytest.mark.parametrize(
    ("bytes_", "cause"),
    [
        (b"", Cause.JUDGE_UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + completion()[:50], Cause.JUDGE_UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Cause.JUDGE_UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nContent-", Cause.JUDGE_UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", None),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", Cause.JUDGE_GARBLED),
        (b"HTTP/1.1 two hundred\r\n\r\n", Cause.JUDGE_GARBLED),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", Cause.JUDGE_GARBLED),
    ],
)
async def test_p01_a_broken_response_is_named_and_retryable(bytes_: bytes, cause: Cause | None) -> None:
    error = await failed(raw(bytes_))
    assert error.cause == cause or (
        cause is None and error.cause in (Cause.JUDGE_UNREACHABLE, Cause.JUDGE_GARBLED)
    )
    assert error.retryable


@pytest.mark.parametrize(
    ("status", "cause", "retryable"),
    [
        (400, Cause.JUDGE_REJECTED, False),
        (401, Cause.JUDGE_REJECTED, False),
        (404, Cause.JUDGE_REJECTED, False),
        (422, Cause.JUDGE_REJECTED, False),
        (408, Cause.JUDGE_ERROR, True),
        (429, Cause.JUDGE_RATE_LIMITED, True),
        (500, Cause.JUDGE_ERROR, True),
        (503, Cause.JUDGE_ERROR, True),
        (599, Cause.JUDGE_ERROR, True),
        (204, Cause.JUDGE_GARBLED, True),
        (206, Cause.JUDGE_GARBLED, True),
    ],
)
async def test_each_status_has_its_cause(status: int, cause: Cause, retryable: bool) -> None:
    error = await failed(replies(b"" if status == 204 else b'{"detail": "so it is"}', status))
    assert (error.cause, error.retryable) == (cause, retryable)


async def test_a_servers_message_is_told_but_never_the_prompt_or_the_key() -> None:
    told = await failed(replies(b'{"error": {"message": "The model `judge-8b` does not exist.\\n"}}', 404))
    assert told.detail == "HTTP 404: The model `judge-8b` does not exist.\\n"
    quoting = await failed(replies(f'{{"detail": "bad input: {PROMPT}"}}'.encode(), 422))
    assert quoting.detail == "HTTP 422: (the message quotes the prompt)"
    naming = await failed(replies(f"no such key: {SECRET}".encode(), 400))
    assert naming.detail == "HTTP 400: no such key: ***"
    masked = await failed(
        replies(b'{"error": {"message": "Incorrect API key provided: sk-thi***seen"}}', 401)
    )
    assert masked.detail == "HTTP 401: the key was not accepted; see api_key_env"
    long = await failed(replies(("\u6f22" * 100_000).encode(), 400))
    assert len(long.detail) <= 220


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("nan", None), ("-5", None), ("1e3", None), ("", None)]
)
async def test_retry_after_is_read_where_it_makes_sense(header: str, seconds: float | None) -> None:
    error = await failed(replies(b"{}", 429, {"Retry-After": header}))
    assert error.retry_after == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_p24_a_redirect_is_not_followed(status: int) -> None:
    async with raw_server(replies()) as elsewhere:
        target = f"{elsewhere.base_url}/chat/completions"
        error = await failed(replies(b"", status, {"Location": target}))
        assert error.cause == Cause.JUDGE_ERROR
        assert not error.retryable
        assert not elsewhere.received


async def test_p24_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_server(replies()) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.base_url.removesuffix("/v1"))
        async with endpoint(replies()) as (server, backend):
            await backend(REQUEST)
        assert server.received
        assert not proxy.received


async def test_cookies_are_not_kept() -> None:
    async with endpoint(replies(headers={"Set-Cookie": "session=1; Path=/"})) as (server, backend):
        await backend(REQUEST)
        await backend(REQUEST)
    assert "cookie" not in server.received[1].headers


async def test_p19_a_gzip_bomb_stays_packed() -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as bomb:
        for _ in range(64):
            bomb.write(b" " * 2**20)
    error = await failed(replies(packed.getvalue(), headers={"Content-Encoding": "gzip"}))
    assert error.cause == Cause.JUDGE_GARBLED
    assert "encoding" in error.detail


async def test_p19_an_endless_reply_is_cut_off() -> None:
    sent = 0

    async def endless(_: Received, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            sent += 0x10000
            await writer.drain()

    error = await failed(endless, max_reply_bytes=100_000)
    assert error.cause == Cause.JUDGE_GARBLED
    assert "max_reply_bytes (100,000)" in error.detail
    assert sent < 20_000_000


async def test_a_prompt_of_megabytes_is_sent_whole() -> None:
    text = "a\u00e9" * 3_000_000
    async with endpoint(replies()) as (server, backend):
        await backend(Request([{"role": "user", "content": text}], ("yes", "no")))
    assert server.received[0].json["messages"][0]["content"] == text


async def test_a_prompt_that_cannot_be_encoded_is_rejected_without_a_call() -> None:
    async with endpoint(replies()) as (server, backend):
        with pytest.raises(BackendError) as caught:
            await backend(Request([{"role": "user", "content": "\ud800"}], ("yes", "no")))
    assert caught.value.cause == Cause.JUDGE_REJECTED
    assert not server.received


async def test_nobody_there_is_unreachable() -> None:
    async with raw_server(replies()) as server:
        url = server.base_url
    backend = options(url).open()
    with pytest.raises(BackendError) as caught:
        await backend(REQUEST)
    await backend.aclose()
    assert (caught.value.cause, caught.value.retryable) == (Cause.JUDGE_UNREACHABLE, True)
    assert "127.0.0.1" in caught.value.detail


async def test_p05_once_ids_are_echoed_a_reply_without_ours_is_not_ours() -> None:
    async def forgetful(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(response(completion(received.id if received.number != 2 else "0" * 32)))

    async with endpoint(forgetful) as (server, backend):
        await backend(REQUEST)
        with pytest.raises(BackendError) as caught:
            await backend(REQUEST)
        await backend(REQUEST)
    assert (caught.value.cause, caught.value.retryable) == (Cause.JUDGE_MISMATCHED, True)
    assert [received.connection for received in server.received] == [1, 1, 2]


async def test_p05_another_calls_id_gives_itself_away_even_in_the_first_reply() -> None:
    waiting: list[tuple[Received, asyncio.StreamWriter]] = []

    async def swapped(received: Received, writer: asyncio.StreamWriter) -> None:
        waiting.append((received, writer))
        if len(waiting) == 2:
            for (_, to), (of, _) in zip(waiting, reversed(waiting), strict=True):
                to.write(response(completion(of.id)))

    async with endpoint(swapped) as (_, backend):
        outcomes = await asyncio.gather(backend(REQUEST), backend(REQUEST), return_exceptions=True)
    assert [getattr(outcome, "cause", None) for outcome in outcomes] == [Cause.JUDGE_MISMATCHED] * 2


async def test_an_endpoint_that_never_echoes_ids_is_taken_at_its_word() -> None:
    async with endpoint(replies(completion("of-its-own"))) as (_, backend):
        assert (await backend(REQUEST)).text == "yes"


async def test_p05_a_response_nobody_asked_for_is_not_handed_to_the_next_caller() -> None:
    """An endpoint without ids that answers its first request twice: the second answer waits in the socket."""
    sent_twice = asyncio.Event()

    async def stutter(received: Received, writer: asyncio.StreamWriter) -> None:
        text = "yes" if received.number == 1 else "no"
        writer.write(response(completion("fixed", text)))
        if received.number == 1:
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.write(response(completion("fixed", text)))
            await writer.drain()
            sent_twice.set()

    async with endpoint(stutter) as (_, backend):
        assert (await backend(REQUEST)).text == "yes"
        await sent_twice.wait()
        await asyncio.sleep(0.05)
        with pytest.raises(BackendError) as caught:
            await backend(REQUEST)
        assert caught.value.cause == Cause.JUDGE_MISMATCHED
        assert (await backend(REQUEST)).text == "no"


async def test_p05_no_verdict_is_misattributed_by_a_desynchronising_endpoint() -> None:
    """The endpoint repeats stale responses and swaps others; each right answer is in its own prompt."""
    held: list[tuple[Received, asyncio.StreamWriter]] = []
    background: set[asyncio.Task[None]] = set()

    async def again(content: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.001)
        writer.write(content)

    async def desynchronised(received: Received, writer: asyncio.StreamWriter) -> None:
        if received.number % 11 == 0:
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
        return response(completion(received.id, received.json["messages"][0]["content"].split()[0], 0.97))

    calls = 2_000
    async with raw_server(desynchronised) as server:
        judge = judge_of(options(server.base_url, max_concurrency=16, timeout_s=1.0))
        expected = ["yes" if index * 7919 % 13 < 6 else "no" for index in range(calls)]
        asked = (
            judge.ask([{"role": "user", "content": f"{word} {n}"}], ("yes", "no"))
            for n, word in enumerate(expected)
        )
        outcomes = await asyncio.gather(*asked)
        await judge.aclose()
        await asyncio.gather(*background)
    wrong = [
        outcome
        for outcome, word in zip(outcomes, expected, strict=True)
        if isinstance(outcome, Reading) and outcome.choices[word] < 0.9
    ]
    assert not wrong
    read = sum(isinstance(outcome, Reading) for outcome in outcomes)
    assert read > 0.8 * calls
    causes = {outcome.cause for outcome in outcomes if isinstance(outcome, Unscored)}
    assert causes <= {Cause.JUDGE_MISMATCHED, Cause.JUDGE_UNREACHABLE}


def judge_of(found: Openai, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> Judge:
    return Judge(
        found.open(),
        max_concurrency=found.max_concurrency,
        timeout_s=found.timeout_s,
        retries=Retries(found.attempts, sleep=sleep, random=lambda: 0.0),
    )


async def test_p12_a_drip_feed_ends_at_the_calls_limit() -> None:
    async def drip(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with raw_server(drip) as server:
        judge = judge_of(options(server.base_url, timeout_s=0.2, attempts=1))
        started = asyncio.get_running_loop().time()
        outcome = await judge.ask(REQUEST.messages, ("yes", "no"))
        assert asyncio.get_running_loop().time() - started < 0.45
        await judge.aclose()
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.JUDGE_TIMEOUT


async def test_p13_cancelled_calls_free_the_endpoint_and_leave_the_pool_alive() -> None:
    hold = True

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        if not hold:
            writer.write(response(completion(received.id)))

    async with raw_server(behave) as server:
        judge = judge_of(options(server.base_url, max_concurrency=32))
        for _ in range(5):
            calls = [asyncio.create_task(judge.ask(REQUEST.messages, ("yes", "no"))) for _ in range(64)]
            await server.until_open(32)
            started = asyncio.get_running_loop().time()
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            await server.until_open(0)
            assert asyncio.get_running_loop().time() - started < 1.0
            assert all(call.cancelled() for call in calls)
        hold = False
        outcomes = await asyncio.gather(*(judge.ask(REQUEST.messages, ("yes", "no")) for _ in range(64)))
        await judge.aclose()
    assert all(isinstance(outcome, Reading) for outcome in outcomes)


def test_p24_the_key_is_shown_nowhere(tmp_path: Path) -> None:
    found = options("http://127.0.0.1:1/v1")
    backend = found.open()
    shown = [
        repr(found),
        str(found),
        found.model_dump_json(),
        str(found.identity()),
        repr(backend),
        str(vars(found)),
    ]
    assert SECRET not in "".join(shown)


async def test_p24_the_key_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("from-a-file\n")
    monkeypatch.setenv("JUDGE_KEY_FILE", str(path))
    async with endpoint(replies(), api_key_env="JUDGE_KEY") as (server, backend):
        await backend(REQUEST)
    assert server.received[0].headers["authorization"] == "Bearer from-a-file"
    async with endpoint(replies(), api_key_env=None) as (server, backend):
        await backend(REQUEST)
    assert "authorization" not in server.received[0].headers


def test_a_key_that_cannot_be_had_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JUDGE_KEY_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="JUDGE_KEY_FILE names a file that cannot be read"):
        options("http://127.0.0.1:1/v1", api_key_env="JUDGE_KEY").open()
    monkeypatch.setenv("JUDGE_KEY", "two\nlines")
    with pytest.raises(ConfigError, match="JUDGE_KEY holds characters that no key has") as caught:
        options("http://127.0.0.1:1/v1", api_key_env="JUDGE_KEY").open()
    assert "lines" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"base_url": "localhost:8000"}, "expected http://host/v1"),
        ({"base_url": "file:///etc/passwd"}, "expected http://host/v1"),
        ({"base_url": "http://user:word@host/v1"}, "must not hold a user, password or query"),
        ({"base_url": "http://host/v1?key=1"}, "must not hold a user, password or query"),
        ({"headers": {"Authorization": "Bearer x"}}, "looks like a secret"),
        ({"headers": {"X-Api-Key": "x"}}, "looks like a secret"),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, "not a header"),
        ({"extra_body": {"stream": True}}, "not for extra_body"),
        ({"model": ""}, "at least 1 character"),
        ({"attempts": 4}, "less than or equal to 3"),
        ({"timeout": 3}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Openai.model_validate({"base_url": "http://host/v1", "model": "m", **wrong})


def test_what_goes_into_the_reward_version_is_what_can_change_a_verdict() -> None:
    here, there = options("http://here/v1", timeout_s=1.0), options("http://there/v1/", max_concurrency=2)
    assert here.identity() == there.identity()
    assert here.identity() != options("http://here/v1", temperature=0.5).identity()
    assert here.identity() != options("http://here/v1", verdict="text").identity()
    assert here.identity() != options("http://here/v1", extra_body={"top_k": 1}).identity()
