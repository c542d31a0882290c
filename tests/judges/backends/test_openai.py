"""The OpenAI-compatible backend over real sockets, well-behaved and not."""

import asyncio
import gzip
import io
import json
import math
import traceback

import msgspec
import pytest

from judges.backend import BackendError
from judges.request import Form, Reply, Usage
from rubrics.cause import Cause
from tests.judges.backends.endpoint import PROMPT, QUESTION, REQUEST, asking, endpoint, options
from tests.judges.raw_server import Behaviour, Received, completion, raw, raw_server, replies

SECRET = "sk-this-must-never-be-seen"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


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


MESSAGES = [
    {"role": "system", "content": "be \u00fcber strict"},
    {"role": "user", "content": PROMPT + QUESTION},
]


async def test_a_request_asks_for_one_token_with_its_alternatives() -> None:
    extra = {"priority": 1, "temperature": None}
    async with endpoint(replies(), seed=7, extra_body=extra) as (server, backend):
        await backend(REQUEST)
        await backend(REQUEST)
    first, second = server.received
    assert first.target == "/v1/chat/completions"
    assert first.json == {
        "model": "judge-8b",
        "seed": 7,
        "max_tokens": 1,
        "logprobs": True,
        "top_logprobs": 20,
        "priority": 1,
        "messages": MESSAGES,
    }
    assert first.headers["authorization"] == f"Bearer {SECRET}"
    assert first.headers["accept-encoding"] == "identity"
    assert first.headers["content-type"] == "application/json"
    assert first.headers["host"] == server.base_url.removeprefix("http://").removesuffix("/v1")
    assert first.id != second.id
    assert first.connection == second.connection


SCHEMA = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("choice", {"structured_outputs": {"choice": ["yes", "no"]}}),
        (
            "json",
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "verdict", "strict": True, "schema": SCHEMA},
                }
            },
        ),
        ("text", {}),
    ],
)
async def test_each_form_asks_in_its_own_way(form: Form, fields: dict[str, object]) -> None:
    async with endpoint(replies()) as (server, backend):
        await backend(msgspec.structs.replace(REQUEST, form=form, max_tokens=16))
    common = {"model": "judge-8b", "temperature": 0.0, "max_tokens": 16, "messages": MESSAGES}
    assert server.received[0].json == {**common, **fields}


async def test_samples_differ_in_their_seed_and_requests_in_their_choices() -> None:
    async with endpoint(replies(), seed=7) as (server, backend):
        await backend(msgspec.structs.replace(REQUEST, sample=2, form="choice"))
        await backend(msgspec.structs.replace(REQUEST, sample=2, form="choice", choices=("A", "B", "C")))
    first, second = (received.json for received in server.received)
    assert first["seed"] == second["seed"] == 9
    assert second["structured_outputs"] == {"choice": ["A", "B", "C"]}


async def test_a_follow_up_comes_after_the_question() -> None:
    later = ({"role": "assistant", "content": "yes"}, {"role": "user", "content": 'why "so"?'})
    async with endpoint(replies(), request_id_field="rid") as (server, backend):
        await backend(msgspec.structs.replace(REQUEST, follow_up=later))
    received = server.received[0]
    assert received.json["messages"] == [*MESSAGES, *later]
    assert received.json["rid"] == received.id


async def test_a_reply_is_taken_apart() -> None:
    async with endpoint(replies()) as (_, backend):
        reply = await backend(REQUEST)
    usage = Usage(40, 32, 1)
    assert reply == Reply("yes", reply.alternatives, "raw", usage, truncated=True, echoes=True)
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
        assert await backend(REQUEST) == Reply("", refusal=refusal, truncated=finish == "length")


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
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 110\t", 110.0),
        ("nan", None),
        ("inf", None),
        ("-5", None),
        ("1e3", None),
        ("9" * 400, None),
        ("", None),
        ("7, 7", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("01 Jan 00:00:00 99999999999999999999", None),
    ],
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
        for _ in range(8):
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
        await backend(asking(text))
    assert server.received[0].json["messages"][1]["content"] == text


async def test_a_prompt_that_cannot_be_encoded_is_rejected_without_a_call() -> None:
    async with endpoint(replies()) as (server, backend):
        with pytest.raises(BackendError) as caught:
            await backend(asking("\ud800"))
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
