"""The one way of a request with a body: admitted, read, answered once, unless its client leaves."""

import hashlib
from collections.abc import Callable, Coroutine
from functools import partial
from http import HTTPStatus

from fastapi import Request, Response

from reward_server.http.body import declared_size, read_body
from reward_server.http.disconnect import unless_disconnected
from reward_server.http.idempotency import Answer, Work
from reward_server.http.state import State
from reward_server.wire.status import RequestError

_MAX_KEY = 256
_SETTINGS = b"x-gavel-"
"""Headers that set what a query may set, too."""


async def answer(request: Request, work: Callable[[bytes], Coroutine[object, object, Answer]]) -> Response:
    """Answer with what `work` makes of the body, or made of the same request before. Raises RequestError."""
    state: State = request.app.state.gavel
    limits = state.service.limits
    key = _idempotency_key(request)
    with state.admission.permit(declared_size(request, limits.max_body_bytes)) as permit:
        with state.admission.reading():
            body = await read_body(request, permit, limits.max_body_bytes, limits.read_s)
        answering = _once(request, key, body, partial(work, body))
        return json_response((await unless_disconnected(request.receive, answering)).body)


async def _once(request: Request, key: str | None, body: bytes, work: Work) -> Answer:
    """Do the work unless it has been done: by its key, else by its content."""
    state: State = request.app.state.gavel
    if key is None and "no-cache" in request.headers.get("cache-control", "").lower():
        return await work()
    digest = _digest(request, body)
    store, name = (state.repeats, digest.hex()) if key is None else (state.idempotency, key)
    if name in store:
        state.metrics.repeated_requests.labels("content" if key is None else "key").inc()
    return await store.run(name, digest, work)


def _digest(request: Request, body: bytes) -> bytes:
    """Stand for all of a request that its answer depends on."""
    digest = hashlib.sha256()
    settings = [b"%b:%b" % header for header in request.headers.raw if header[0].startswith(_SETTINGS)]
    parts = (request.scope["path"].encode(), request.scope["query_string"], *sorted(settings), body)
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.digest()


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
        message = f"an Idempotency-Key is 1 to {_MAX_KEY} printable ASCII characters"
        raise RequestError("invalid_field", message, path="Idempotency-Key")
    return key


def json_response(body: bytes) -> Response:
    """Answer 200 with JSON."""
    return Response(body, HTTPStatus.OK, media_type="application/json")
