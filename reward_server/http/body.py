"""Reading a request body without trusting it: bounded in time, and in bytes, also after decompression."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from reward_server.http.admission import Permit
from reward_server.wire.status import RequestError

_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 2**20


def declared_size(request: Request, cap: int) -> int:
    """Return the Content-Length, 0 for a body of unknown length. Raises RequestError when over `cap`."""
    length = request.headers.get("content-length", "")
    size = int(length) if length.isascii() and length.isdigit() else 0
    if size > cap:
        raise _too_large(cap)
    return size


async def read_body(request: Request, permit: Permit, cap: int, seconds: float) -> bytes:
    """Read and decompress the body, charging the permit as it grows.

    Raises RequestError past `cap` bytes, after `seconds`, for an unknown encoding and when the client leaves.
    """
    gzip = _is_gzip(request)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in _inflated(request) if gzip else request.stream():
                size += len(part)
                if size > cap:
                    raise _too_large(cap)
                permit.cover(size)
                parts.append(part)
    except TimeoutError:
        raise RequestError("body_timeout", f"the body did not arrive within {seconds:g} s") from None
    except ClientDisconnect:
        raise RequestError("client_closed", "the client left") from None
    return b"".join(parts)


def _is_gzip(request: Request) -> bool:
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip"):
        message = f"Content-Encoding {encoding[:40]!a} is not supported"
        raise RequestError("unsupported_encoding", message, hint="send gzip or nothing")
    return encoding == "gzip"


async def _inflated(request: Request) -> AsyncIterator[bytes]:
    """Decompress what comes in by pieces, so that who counts them can stop in time. Raises RequestError."""
    unzip = zlib.decompressobj(_GZIP)
    try:
        async for chunk in request.stream():
            piece = unzip.decompress(chunk, _PIECE)
            while piece:
                yield piece
                piece = unzip.decompress(unzip.unconsumed_tail, _PIECE)
            if unzip.unused_data:
                raise RequestError("not_json", "something follows the gzip body")
    except zlib.error:
        raise RequestError("not_json", "the body is not gzip, though Content-Encoding says so") from None
    if not unzip.eof:
        raise RequestError("not_json", "the gzip body is cut short")


def _too_large(cap: int) -> RequestError:
    hint = "split the batch by group, or raise --max-body-bytes"
    return RequestError("body_too_large", f"the body is larger than {cap:,} bytes", hint=hint)
