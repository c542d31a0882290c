"""Responses without end, and none at all: what only a limit or a deadline stops."""

import asyncio
from collections.abc import Iterator
from itertools import count

from rubrics.cause import Cause
from tests.judges.faults.modes.mode import mode
from tests.judges.faults.reply import honest, truth_of
from tests.judges.faults.server import Call, head, response

_BLOCK = b"x" * 2**15
_TIMES_UP = Cause.JUDGE_TIMEOUT
_INTERVAL_S = 0.03


async def pour(call: Call, blocks: Iterator[bytes]) -> None:
    """Send as fast as the client reads."""
    while await call.connection.drained():
        call.send(next(blocks))


def _header_fields() -> Iterator[bytes]:
    for number in count():
        yield b"".join(b"X-%d-%d: %b\r\n" % (number, n, _BLOCK[:200]) for n in range(100))


@mode(Cause.JUDGE_GARBLED)
async def endless_headers(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\n")
    await pour(call, _header_fields())


@mode(Cause.JUDGE_GARBLED)
async def endless_header(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    await pour(call, (_BLOCK for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_header_name(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\n")
    await pour(call, (_BLOCK for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_reason(call: Call) -> None:
    call.send(b"HTTP/1.1 200 ")
    await pour(call, (_BLOCK for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_blank_lines(call: Call) -> None:
    await pour(call, (b"\r\n" * 2**14 for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_informational(call: Call) -> None:
    await pour(call, (b"HTTP/1.1 100 Continue\r\n\r\n" * 100 for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_early_hints(call: Call) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </%b>\r\n\r\n" % _BLOCK[:500]
    await pour(call, (hint * 20 for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_body(call: Call) -> None:
    call.send(head(200, {"Connection": "close"}))
    await pour(call, (_BLOCK for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_spaces_after_the_truth(call: Call) -> None:
    call.send(head(200, {"Connection": "close"}) + truth_of(call))
    await pour(call, (b" " * 2**15 for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_length(call: Call) -> None:
    call.send(head(200, {"Content-Length": str(2**40)}))
    await pour(call, (_BLOCK for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_chunks(call: Call) -> None:
    call.send(head(200, {"Transfer-Encoding": "chunked"}))
    await pour(call, (b"8000\r\n%b\r\n" % _BLOCK for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_small_chunks(call: Call) -> None:
    call.send(head(200, {"Transfer-Encoding": "chunked"}))
    await pour(call, (b"8\r\nxxxxxxxx\r\n" * 4096 for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_chunk_extension(call: Call) -> None:
    call.send(head(200, {"Transfer-Encoding": "chunked"}) + b"5;")
    await pour(call, (_BLOCK for _ in count()))


@mode(Cause.JUDGE_GARBLED)
async def endless_trailers(call: Call) -> None:
    call.send(head(200, {"Transfer-Encoding": "chunked"}) + b"0\r\n")
    await pour(call, _header_fields())


@mode(Cause.JUDGE_GARBLED)
async def endless_error(call: Call) -> None:
    call.send(head(500, {"Connection": "close"}))
    await pour(call, (_BLOCK for _ in count()))


@mode(_TIMES_UP, slow=True)
async def silence(call: Call) -> None:
    await _forever()


@mode(_TIMES_UP, slow=True)
def deaf(call: Call) -> None:
    """Read no more, so that not even the client's leaving is noticed."""
    call.connection.deafen()


@mode(_TIMES_UP, slow=True)
async def silence_after_the_head(call: Call) -> None:
    call.send(head(200, {"Content-Length": "700"}))
    await _forever()


@mode(_TIMES_UP, slow=True)
async def silence_before_the_last_byte(call: Call) -> None:
    call.send(response(truth_of(call))[:-1])
    await _forever()


@mode(_TIMES_UP, slow=True)
async def length_too_long_kept_open(call: Call) -> None:
    content = truth_of(call)
    call.send(head(200, {"Content-Length": str(len(content) + 1)}) + content)
    await _forever()


@mode(_TIMES_UP, slow=True)
async def no_length_kept_open(call: Call) -> None:
    call.send(head() + truth_of(call))
    await _forever()


@mode(_TIMES_UP, slow=True)
async def no_last_chunk(call: Call) -> None:
    content = truth_of(call)
    call.send(head(200, {"Transfer-Encoding": "chunked"}) + b"%x\r\n%b\r\n" % (len(content), content))
    await _forever()


@mode(_TIMES_UP, slow=True)
async def continue_and_no_more(call: Call) -> None:
    call.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    await _forever()


@mode(_TIMES_UP, slow=True)
async def late_first_byte(call: Call) -> None:
    await asyncio.sleep(5)
    honest(call)


@mode(_TIMES_UP, slow=True)
async def drip(call: Call) -> None:
    await _drip(call, response(truth_of(call)))


@mode(_TIMES_UP, slow=True)
async def drip_of_spaces(call: Call) -> None:
    await _drip(call, head(200, {"Connection": "close"}) + b" " * 10_000)


@mode(_TIMES_UP, slow=True)
async def drip_of_chunks(call: Call) -> None:
    call.send(head(200, {"Transfer-Encoding": "chunked"}))
    while await call.connection.drained():
        call.send(b"1\r\n \r\n")
        await asyncio.sleep(_INTERVAL_S)


@mode(_TIMES_UP, Cause.JUDGE_GARBLED, slow=True)
async def drip_of_informational(call: Call) -> None:
    while await call.connection.drained():
        call.send(b"HTTP/1.1 102 Processing\r\n\r\n")
        await asyncio.sleep(_INTERVAL_S)


@mode(_TIMES_UP, slow=True)
async def drip_of_an_error(call: Call) -> None:
    await _drip(call, head(503, {"Connection": "close"}) + b"x" * 10_000)


async def _drip(call: Call, content: bytes) -> None:
    for byte in content:
        call.send(bytes([byte]))
        await asyncio.sleep(_INTERVAL_S)


async def _forever() -> None:
    await asyncio.Event().wait()
