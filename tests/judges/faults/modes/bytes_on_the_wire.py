"""Responses whose HTTP is broken, incomplete or a lie."""

import asyncio
import gzip
import zlib

from rubrics.cause import Cause
from tests.judges.faults.modes.mode import mode
from tests.judges.faults.reply import honest, lie_of, truth_of
from tests.judges.faults.server import Call, head, response

BROKEN = (Cause.JUDGE_UNREACHABLE, Cause.JUDGE_GARBLED)
"""What ended early, or never was HTTP: which of the two is a matter of where it broke."""


@mode(Cause.JUDGE_UNREACHABLE)
def close_without_a_reply(call: Call) -> None:
    call.close()


@mode(Cause.JUDGE_UNREACHABLE)
def reset_without_a_reply(call: Call) -> None:
    call.reset()


@mode(*BROKEN)
def close_in_the_status_line(call: Call) -> None:
    call.send(b"HTTP/1.1 20")
    call.close()


@mode(*BROKEN)
def close_in_the_head(call: Call) -> None:
    call.send(response(truth_of(call))[:40])
    call.close()


@mode(*BROKEN)
def close_after_the_head(call: Call) -> None:
    call.send(head(200, {"Content-Length": "500"}))
    call.close()


@mode(*BROKEN)
def close_in_the_body(call: Call) -> None:
    call.send(response(truth_of(call))[:-1])
    call.close()


@mode(*BROKEN)
async def reset_in_the_body(call: Call) -> None:
    call.send(response(truth_of(call))[:-9])
    await asyncio.sleep(0.005)
    call.reset()


@mode(*BROKEN)
def half_without_a_length(call: Call) -> None:
    whole = truth_of(call)
    call.send(head(200, {"Connection": "close"}) + whole[: len(whole) // 2])
    call.close()


@mode(*BROKEN)
def length_too_long(call: Call) -> None:
    content = truth_of(call)
    call.send(head(200, {"Content-Length": str(len(content) + 1)}) + content)
    call.close()


@mode(*BROKEN)
def length_of_gigabytes(call: Call) -> None:
    call.send(head(200, {"Content-Length": str(10 * 2**30)}) + truth_of(call))
    call.close()


@mode(*BROKEN)
def length_too_short(call: Call) -> None:
    content = truth_of(call)
    call.send(head(200, {"Content-Length": str(len(content) - 1)}) + content)


@mode(*BROKEN)
def length_zero(call: Call) -> None:
    call.send(head(200, {"Content-Length": "0"}) + truth_of(call))


for _name, _length in {
    "negative": "-1",
    "signed": "+700",
    "hexadecimal": "0x2f0",
    "huge": "9" * 40,
    "overflowing": str(2**64 + 8),
    "a_word": "long",
    "empty": "",
    "a_list": "8, 9",
    "fractional": "7e2",
}.items():

    @mode(*BROKEN, name=f"length_{_name}")
    def _odd_length(call: Call, length: str = _length) -> None:
        call.send(head(200, {"Content-Length": length}) + truth_of(call))
        call.close()


@mode(*BROKEN)
def two_lengths(call: Call) -> None:
    content = truth_of(call)
    lengths = f"Content-Length: {len(content)}\r\nContent-Length: {len(content) - 1}\r\n\r\n"
    call.send(head()[:-2] + lengths.encode() + content)


@mode(*BROKEN, or_truth=True)
def length_and_chunks(call: Call) -> None:
    """Offer two readings of where the body ends. Either may be taken, but nothing behind it."""
    headers = {"Content-Length": "4", "Transfer-Encoding": "chunked"}
    call.send(head(200, headers) + chunked(truth_of(call)) + response(lie_of(call)))


@mode(*BROKEN)
def not_http(call: Call) -> None:
    call.send(b"SSH-2.0-OpenSSH_9.6\r\n")
    call.close()


@mode(*BROKEN)
def http_2_settings(call: Call) -> None:
    call.send(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00\x03\x00\x00\x00\x80" * 3)
    call.close()


@mode(*BROKEN)
def tls_alert(call: Call) -> None:
    call.send(b"\x15\x03\x03\x00\x02\x02\x46")
    call.close()


@mode(*BROKEN)
def bare_json(call: Call) -> None:
    call.send(truth_of(call))
    call.close()


@mode(*BROKEN)
def http_0_9(call: Call) -> None:
    call.send(b"\r\n\r\n" + truth_of(call))
    call.close()


for _name, _line in {
    "of_letters": b"HTTP/1.1 abc OK\r\n",
    "of_a_word": b"HTTP/1.1 2OO OK\r\n",
    "negative": b"HTTP/1.1 -200 OK\r\n",
    "short": b"HTTP/1.1 20\r\n",
    "elsewhere": b"ICY 200 OK\r\n",
    "of_zeros": b"HTTP/1.1 000 OK\r\n",
    "of_http_9": b"HTTP/9.9 200 OK\r\n",
}.items():

    @mode(*BROKEN, Cause.JUDGE_ERROR, name=f"status_{_name}")
    def _odd_status(call: Call, line: bytes = _line) -> None:
        content = truth_of(call)
        call.send(line + b"Content-Length: %d\r\n\r\n" % len(content) + content)
        call.close()


@mode(*BROKEN)
def nul_in_a_header(call: Call) -> None:
    call.send(response(truth_of(call), X_Odd="a\x00b"))


@mode(*BROKEN)
def space_in_a_header_name(call: Call) -> None:
    call.send(head()[:-2] + b"Content-Length : 5\r\nX Y: 1\r\n\r\n" + truth_of(call))
    call.close()


@mode(*BROKEN)
def chunk_of_no_size(call: Call) -> None:
    _send_chunks(call, b"zz\r\n" + truth_of(call) + b"\r\n0\r\n\r\n")


@mode(*BROKEN)
def chunk_of_negative_size(call: Call) -> None:
    _send_chunks(call, b"-5\r\n" + truth_of(call) + b"\r\n0\r\n\r\n")


@mode(*BROKEN)
def chunk_of_huge_size(call: Call) -> None:
    _send_chunks(call, b"f" * 40 + b"\r\n" + truth_of(call) + b"\r\n0\r\n\r\n")


@mode(*BROKEN)
def chunk_longer_than_told(call: Call) -> None:
    content = truth_of(call)
    _send_chunks(call, b"%x\r\n" % (len(content) - 3) + content + b"\r\n0\r\n\r\n")


@mode(*BROKEN)
def chunks_without_an_end(call: Call) -> None:
    content = truth_of(call)
    _send_chunks(call, b"%x\r\n" % len(content) + content + b"\r\n")


def _send_chunks(call: Call, content: bytes) -> None:
    call.send(head(200, {"Transfer-Encoding": "chunked"}) + content)
    call.close()


def chunked(content: bytes, size: int = 97) -> bytes:
    """`content` in chunks, with the last one."""
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@mode(*BROKEN)
def unknown_transfer_encoding(call: Call) -> None:
    call.send(head(200, {"Transfer-Encoding": "gzip"}) + truth_of(call))
    call.close()


@mode(Cause.JUDGE_GARBLED)
def gzip_unasked(call: Call) -> None:
    call.respond(gzip.compress(truth_of(call)), Content_Encoding="gzip")


@mode(Cause.JUDGE_GARBLED)
def deflate_unasked(call: Call) -> None:
    call.respond(zlib.compress(truth_of(call)), Content_Encoding="deflate")


@mode(Cause.JUDGE_GARBLED)
def gzip_unannounced(call: Call) -> None:
    call.respond(gzip.compress(truth_of(call)))


@mode(Cause.JUDGE_GARBLED)
def claims_to_be_gzip(call: Call) -> None:
    call.respond(truth_of(call), Content_Encoding="gzip")


@mode(Cause.JUDGE_GARBLED)
def gzip_bomb(call: Call) -> None:
    call.respond(_BOMB, Content_Encoding="gzip")


@mode(Cause.JUDGE_GARBLED)
def gzip_bomb_unannounced(call: Call) -> None:
    call.respond(_BOMB)


_BOMB = gzip.compress(bytes(8 * 2**20)) * 100
"""Under the reply's byte limit; 800 MB when unpacked."""


@mode()
def chunks(call: Call) -> None:
    call.send(head(200, {"Transfer-Encoding": "chunked"}) + chunked(truth_of(call), 5))


@mode()
def chunks_with_extensions_and_trailers(call: Call) -> None:
    content = chunked(truth_of(call)).replace(b"61\r\n", b"61;name=value\r\n", 1)
    call.send(head(200, {"Transfer-Encoding": "chunked"}) + content[:-2] + b"X-Trailer: 1\r\n\r\n")


@mode()
def no_length_until_the_end(call: Call) -> None:
    call.send(head(200, {"Connection": "close"}) + truth_of(call))
    call.close()


@mode()
def http_1_0(call: Call) -> None:
    content = truth_of(call)
    call.send(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
    call.close()


@mode()
def keep_alive_that_closes(call: Call) -> None:
    call.respond(truth_of(call), Connection="keep-alive", Keep_Alive="timeout=3600")
    call.close()


@mode()
def keep_alive_that_resets_later(call: Call) -> None:
    honest(call)
    asyncio.get_running_loop().call_later(0.003, call.reset)


@mode()
def close_that_stays_open(call: Call) -> None:
    call.respond(truth_of(call), Connection="close")


@mode()
def status_without_a_reason(call: Call) -> None:
    call.send(response(truth_of(call)).replace(b"200 Whatever", b"200", 1))


@mode()
def header_names_in_capitals(call: Call) -> None:
    call.send(response(truth_of(call)).replace(b"Content-Length", b"CONTENT-LENGTH", 1))


@mode()
def early_hints_first(call: Call) -> None:
    call.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + response(truth_of(call)))


@mode()
def continue_first(call: Call) -> None:
    call.send(b"HTTP/1.1 100 Continue\r\n\r\n" + response(truth_of(call)))


@mode()
def cookies(call: Call) -> None:
    call.respond(truth_of(call), Set_Cookie="canary=1; Path=/")


@mode()
async def byte_by_byte(call: Call) -> None:
    for byte in response(truth_of(call)):
        call.send(bytes([byte]))
        await asyncio.sleep(0)
