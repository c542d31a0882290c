"""The simulated judge behind its HTTP: routes, and the state between calls."""

import hmac
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec

from judges.sim.chat import ApiError, error_reply, model_list
from judges.sim.clock import Clock
from judges.sim.completions import Completions
from judges.sim.counters import Counters, exposition
from judges.sim.engine import Engine
from judges.sim.faults import FaultInjector, FaultSpecError, parse_faults
from judges.sim.options import SimOptions
from judges.sim.wire import Call, Deliver, Leave, Reply, stay

LONGEST_STALL = 3600.0

_CHAT = "POST /v1/chat/completions"
_OPEN = frozenset({"GET /health", "GET /metrics"})
_METRICS_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


Body = TypeVar("Body", bound=msgspec.Struct)


class FaultRequest(msgspec.Struct):
    """Body of POST /sim/faults."""

    fault: str


class StallRequest(msgspec.Struct):
    """Body of POST /sim/stall."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=LONGEST_STALL)]


class SimApp:
    """One replica."""

    def __init__(self, options: SimOptions, number: int = 1, clock: Clock | None = None) -> None:
        self._options = options
        self._counters = Counters()
        self._fault = options.fault
        self.engine = Engine(options, self._counters, clock, number)
        self._completions = Completions(options.model, self.engine, self._counters, self._injector())
        self._bearer = b"Bearer " + options.api_key.encode() if options.api_key else None
        self._routes: dict[str, Callable[[Call], Reply]] = {
            "GET /v1/models": lambda _: _json(model_list(options.model)),
            "GET /health": lambda _: _json({"status": "ok", "simulated": True}),
            "GET /metrics": lambda _: self._metrics(),
            "GET /sim": lambda _: self._state(),
            "POST /sim/faults": self._switch_faults,
            "POST /sim/stall": self._stall,
        }

    def handle(self, call: Call, deliver: Deliver) -> Leave:
        """Reply to one call, at once or when the engine is done with it."""
        route = f"{call.method} {call.path}"
        try:
            self._authorize(route, call)
            if route == _CHAT:
                return self._completions.create(call, deliver)
            reply = self._find(route)(call)
        except ApiError as error:
            reply = error_reply(error)
        deliver(reply)
        return stay

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

    def _metrics(self) -> Reply:
        self.engine.count()
        return Reply(body=exposition(self._counters), content_type=_METRICS_TYPE)

    def _state(self) -> Reply:
        self.engine.count()
        counters: dict[str, Any] = self._counters.as_dict()
        options = self._options.model_dump() | {"fault": self._fault}
        return _json({"simulated": True, "options": options, "counters": counters})

    def _switch_faults(self, call: Call) -> Reply:
        spec = _read(call, FaultRequest).fault
        try:
            parse_faults(spec)
        except FaultSpecError as error:
            raise ApiError(HTTPStatus.BAD_REQUEST, str(error), "fault") from None
        self._fault = spec
        self._completions.faults = self._injector()
        return self._state()

    def _stall(self, call: Call) -> Reply:
        self.engine.stall(_read(call, StallRequest).seconds)
        return self._state()

    def _injector(self) -> FaultInjector:
        return FaultInjector(parse_faults(self._fault), self._options.seed)


def _read(call: Call, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(call.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, str(error), kind.__struct_fields__[0]) from None


def _json(value: object) -> Reply:
    return Reply(body=msgspec.json.encode(value))
