"""Around every request: an id, the guard, errors as JSON, one log line, metrics. A plain ASGI middleware.

Completion text never reaches the log; neither does anything else of a body.
"""

import asyncio
import time
import uuid
from contextlib import nullcontext

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reward_server.http.admission import draining
from reward_server.http.guard import Guard
from reward_server.metrics.metrics import Metrics
from reward_server.tracing.tracing import Following, Tracing
from reward_server.wire.status import RequestError

_LOG = structlog.get_logger("gavel.http")
_ID_LENGTH = 128
_SCHEMES = ("Bearer", 'Basic realm="gavel"')
"""How to send the token. A browser asks for it as a password, where each scheme has a line of its own."""


class Access:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, guard: Guard, metrics: Metrics, tracing: Tracing | None = None) -> None:
        self._app = app
        self._guard = guard
        self._metrics = metrics
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        exchange = _Exchange(request_id(request), send)
        following = None if self._tracing is None else self._tracing.follow(scope)
        started = time.perf_counter()
        try:
            with following.scoring() if following is not None else nullcontext():
                await self._answer(request, exchange)
        finally:
            self._record(scope, exchange, time.perf_counter() - started, following)

    async def _answer(self, request: Request, exchange: "_Exchange") -> None:
        try:
            self._guard.check(request)
            await self._app(request.scope, request.receive, exchange.send)
        except RequestError as error:
            await exchange.refuse(request.scope, request.receive, error)
        except asyncio.CancelledError:  # the server is stopping and waits no longer
            await exchange.refuse(request.scope, request.receive, draining())
        except Exception:  # noqa: BLE001 - the last resort
            _LOG.exception("bug", request_id=exchange.request_id)
            await exchange.refuse(request.scope, request.receive, _bug())

    def _record(
        self, scope: Scope, exchange: "_Exchange", seconds: float, following: Following | None
    ) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.answered(route, exchange.status, seconds)
        traced = {}
        if following is not None:
            following.end(route, exchange.status, exchange.error)
            traced = {"trace_id": following.trace_id}
        _LOG.info(
            "request",
            request_id=exchange.request_id,
            route=route,
            method=scope["method"],
            status=exchange.status,
            seconds=round(seconds, 6),
            error=exchange.error,
            **traced,
        )


class _Exchange:
    """One answer on its way out: stamped with the request id, its status remembered."""

    def __init__(self, request_id: str, send: Send) -> None:
        self.request_id = request_id
        self.status = 499
        self.error: str | None = None
        self._send = send
        self._started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            self.status = message["status"]
            MutableHeaders(scope=message)["X-Request-Id"] = self.request_id
        await self._send(message)

    async def refuse(self, scope: Scope, receive: Receive, error: RequestError) -> None:
        self.error = error.code
        self.status = error.status
        if not self._started:
            await error_response(error)(scope, receive, self.send)


def _bug() -> RequestError:
    message, hint = "this is a bug in gavel, not in your request", "please report the log line `bug`"
    return RequestError("bug", message, hint=hint)


def error_response(error: RequestError) -> Response:
    """Write an error as the JSON body that every error has."""
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    response = Response(error.body(), error.status, headers, media_type="application/json")
    if error.code == "unauthorized":
        for scheme in _SCHEMES:
            response.headers.append("WWW-Authenticate", scheme)
    return response


def request_id(request: Request) -> str:
    """Take the caller's X-Request-Id where it is plain printable ASCII, else a new one."""
    given = request.headers.get("x-request-id", "")
    plain = 0 < len(given) <= _ID_LENGTH and given.isascii() and given.isprintable()
    return given if plain else uuid.uuid4().hex
