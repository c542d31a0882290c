"""The simulated judge as a bare ASGI application."""

import asyncio
import hmac
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import msgspec

from judges.sim.asgi import (
    Call,
    ClientGoneError,
    Message,
    Receive,
    Reply,
    Send,
    deliver,
    read_call,
    until_client_leaves,
)
from judges.sim.chat import ApiError, error_reply, model_list
from judges.sim.completions import Completions
from judges.sim.counters import Counters, exposition
from judges.sim.engine import Engine, Sleep
from judges.sim.faults import FaultInjector, FaultSpecError, parse_faults
from judges.sim.options import SimOptions

Address = tuple[str, int]

_CHAT = "POST /v1/chat/completions"
_OPEN = frozenset({"GET /health", "GET /metrics"})
_METRICS_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class FaultRequest(msgspec.Struct):
    """Body of POST /sim/faults."""

    fault: str


class SimApp:
    """Routes calls and keeps the state between them.

    `hang_up` closes the connection from a client's address: ASGI itself has no way to drop one.
    """

    def __init__(
        self, options: SimOptions, hang_up: Callable[[Address], None], sleep: Sleep = asyncio.sleep
    ) -> None:
        self._options = options
        self._hang_up = hang_up
        self._sleep = sleep
        self._counters = Counters()
        self._fault = options.fault
        engine = Engine(options, self._counters, sleep)
        self._completions = Completions(options.model, engine, self._counters, self._injector())
        self._bearer = b"Bearer " + options.api_key.encode() if options.api_key else None
        self._routes: dict[str, Callable[[Call], Reply]] = {
            "GET /v1/models": lambda _: _json(model_list(options.model)),
            "GET /health": lambda _: _json({"status": "ok", "simulated": True}),
            "GET /metrics": lambda _: Reply(body=exposition(self._counters), content_type=_METRICS_TYPE),
            "GET /sim": lambda _: self._state(),
            "POST /sim/faults": self._switch_faults,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one HTTP request. A client that leaves ends it, wherever it stands."""
        hang_up = partial(self._hang_up, scope["client"])
        try:
            call = await read_call(scope, receive)
            async with until_client_leaves(receive):
                await deliver(await self._reply(call), send, hang_up, self._sleep)
        except ClientGoneError:
            return

    async def _reply(self, call: Call) -> Reply:
        route = f"{call.method} {call.path}"
        try:
            self._authorize(route, call)
            if route == _CHAT:
                return await self._completions.create(call)
            return self._find(route)(call)
        except ApiError as error:
            return error_reply(error)

    def _authorize(self, route: str, call: Call) -> None:
        if self._bearer is None or route in _OPEN:
            return
        if not hmac.compare_digest(call.headers.get(b"authorization", b""), self._bearer):
            if route == _CHAT:
                self._counters.requests["unauthorized"] += 1
            raise ApiError(
                HTTPStatus.UNAUTHORIZED, "this simulated judge wants its API key as a Bearer token"
            )

    def _find(self, route: str) -> Callable[[Call], Reply]:
        if route not in self._routes:
            served = ", ".join([_CHAT, *self._routes])
            raise ApiError(HTTPStatus.NOT_FOUND, f"the simulated judge has no such route; it serves {served}")
        return self._routes[route]

    def _state(self) -> Reply:
        counters: dict[str, Any] = self._counters.as_dict()
        options = self._options.model_dump() | {"fault": self._fault}
        return _json({"simulated": True, "options": options, "counters": counters})

    def _switch_faults(self, call: Call) -> Reply:
        try:
            spec = msgspec.json.decode(call.body, type=FaultRequest).fault
            parse_faults(spec)
        except (msgspec.DecodeError, UnicodeDecodeError, FaultSpecError) as error:
            raise ApiError(HTTPStatus.BAD_REQUEST, str(error), "fault") from None
        self._fault = spec
        self._completions.faults = self._injector()
        return self._state()

    def _injector(self) -> FaultInjector:
        return FaultInjector(parse_faults(self._fault), self._options.seed)


def _json(value: object) -> Reply:
    return Reply(body=msgspec.json.encode(value))
