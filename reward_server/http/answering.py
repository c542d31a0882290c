"""The one way of a request with a body: admitted, read, answered once, unless its client leaves."""

import hashlib
from collections.abc import Callable, Coroutine
from functools import partial
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from reward_server.http.body import declared_size, read_body
from reward_server.http.disconnect import unless_disconnected
from reward_server.http.idempotency import Answer
from reward_server.http.state import State
from reward_server.wire.status import RequestError

_MAX_KEY = 256
_BATCH = "X-Gavel-Batch"
"""What tries of a batch have in common that differ, such as in what is left of their deadline."""
_SETTINGS = b"x-gavel-"
"""Headers that set what a query may set, too."""


class Received(NamedTuple):
    """A request's body, and what tells it from others."""

    body: bytes
    identity: bytes | None
    """Equal where the one request is the other sent again; None for one that is to be like no other."""


Handler = Callable[[Received], Coroutine[object, object, Answer]]


async def answer(request: Request, work: Handler) -> Response:
    """Answer with what `work` makes of the body, or made of the same request before. Raises RequestError."""
    state: State = request.app.state.gavel
    limits = state.service.limits
    key, batch = _key(request, "Idempotency-Key"), _key(request, _BATCH)
    with state.admission.permit(declared_size(request, limits.max_body_bytes)) as permit:
        with state.admission.reading():
            body = await read_body(request, permit, limits.max_body_bytes, limits.read_s)
        answering = _once(request, key, batch, body, work)
        return json_response((await unless_disconnected(request.receive, answering)).body)


async def _once(request: Request, key: str | None, batch: str | None, body: bytes, work: Handler) -> Answer:
    """Do the work unless it has been done: by its key, else by its content."""
    state: State = request.app.state.gavel
    if key is None and "no-cache" in request.headers.get("cache-control", "").lower():
        return await work(Received(body, None))
    digest = _digest(request, body)
    store, name = (state.repeats, digest.hex()) if key is None else (state.idempotency, key)
    if name in store:
        state.metrics.repeated_requests.labels("content" if key is None else "key").inc()
    told = name.encode() + digest if batch is None else batch.encode()  # a key may be used anew
    identity = hashlib.blake2b(told, digest_size=16).digest()
    return await store.run(name, digest, partial(work, Received(body, identity)))


def _digest(request: Request, body: bytes) -> bytes:
    """Stand for all of a request that its answer depends on."""
    digest = hashlib.sha256()
    settings = [b"%b:%b" % header for header in request.headers.raw if header[0].startswith(_SETTINGS)]
    parts = (request.scope["path"].encode(), request.scope["query_string"], *sorted(settings), body)
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.digest()


def _key(request: Request, header: str) -> str | None:
    key = request.headers.get(header)
    if key is not None and not (0 < len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
        message = f"this header is 1 to {_MAX_KEY} printable ASCII characters"
        raise RequestError("invalid_field", message, path=header)
    return key


def json_response(body: bytes) -> Response:
    """Answer 200 with JSON."""
    return Response(body, HTTPStatus.OK, media_type="application/json")
