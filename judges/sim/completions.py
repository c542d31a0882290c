"""One chat call from body to reply: parse, maybe misbehave, judge, wait, answer."""

import time
import uuid
from functools import partial
from http import HTTPStatus

from judges.sim.answer import (
    Answer,
    abstaining_answer,
    completion,
    garbage_answer,
    refusing_answer,
)
from judges.sim.chat import ApiError, ChatRequest, error_reply, parse_request
from judges.sim.conversation import reply, verdict_on
from judges.sim.counters import Counters
from judges.sim.engine import Engine, Job, Usage
from judges.sim.faults import FaultInjector, FaultKind
from judges.sim.wire import Call, Deliver, Delivery, Leave, Reply, stay

_ERROR_PAGE = (
    b"<html><head><title>502 Bad Gateway</title></head><body>simulated judge: html fault</body></html>\n"
)


def _refusal_to_serve(status: int) -> Reply:
    headers = [(b"retry-after", b"1")] if status == HTTPStatus.TOO_MANY_REQUESTS else []
    return error_reply(ApiError(status, f"simulated judge: http{status:d} fault"), headers)


UNSERVED: dict[FaultKind, Reply] = {
    FaultKind.TIMEOUT: Reply(delivery=Delivery.NEVER),
    FaultKind.HTTP500: _refusal_to_serve(500),
    FaultKind.HTTP429: _refusal_to_serve(429),
    FaultKind.HTTP503: _refusal_to_serve(503),
    FaultKind.HTML: Reply(body=_ERROR_PAGE, content_type=b"text/html; charset=utf-8"),
    FaultKind.DISCONNECT: Reply(delivery=Delivery.DROPPED),
    FaultKind.DRIP: Reply(delivery=Delivery.DRIP),
}
"""Faults that strike before a call reaches a slot. The others cost the time of a healthy call."""


class Completions:
    """POST /v1/chat/completions."""

    def __init__(self, model: str, engine: Engine, counters: Counters, faults: FaultInjector) -> None:
        self._model = model
        self._engine = engine
        self._counters = counters
        self.faults = faults

    def create(self, call: Call, deliver: Deliver) -> Leave:
        """Reply to one call and count its outcome. Raises ApiError for a request that cannot be read."""
        try:
            request = parse_request(call.body)
            fault = self.faults.next(call.body)
            if fault not in UNSERVED:
                return self._serve(call, request, fault, deliver)
        except ApiError:
            self._counters.requests["invalid"] += 1
            raise
        self._counters.requests[fault] += 1
        deliver(UNSERVED[fault])
        return stay

    def _serve(self, call: Call, request: ChatRequest, fault: FaultKind | None, deliver: Deliver) -> Leave:
        answer = _answer(request, fault)

        def done(usage: Usage) -> None:
            self._counters.requests[fault or "ok"] += 1
            deliver(self._reply(call, request, fault, answer, usage))

        return partial(self._left, self._engine.submit(request.render(), len(answer.tokens), done))

    def _left(self, job: Job) -> None:
        self._counters.requests["cancelled"] += not job.over
        self._engine.leave(job)

    def _reply(
        self, call: Call, request: ChatRequest, fault: FaultKind | None, answer: Answer, usage: Usage
    ) -> Reply:
        body = completion(
            None if fault is FaultKind.EMPTY else answer,
            request,
            usage,
            call_id=f"chatcmpl-{_request_id(call, fault)}",
            created=int(time.time()),
            model=self._model,
        )
        truncated = fault is FaultKind.TRUNCATED
        return Reply(body=body, delivery=Delivery.TRUNCATED if truncated else Delivery.WHOLE)


def _answer(request: ChatRequest, fault: FaultKind | None) -> Answer:
    turns, limit = request.turns, request.output_limit
    match fault:
        case FaultKind.GARBAGE:
            return garbage_answer(limit)
        case FaultKind.ABSTAIN:
            return abstaining_answer(verdict_on(turns, request.system), limit)
        case FaultKind.REFUSAL:
            return refusing_answer(limit)
        case _:
            return reply(turns, request.system, limit)


def _request_id(call: Call, fault: FaultKind | None) -> str:
    """Echo the caller's id as vLLM does; a random one stands in for none, and for one that shall be wrong."""
    given = call.headers.get(b"x-request-id", b"").decode("latin-1")
    return uuid.uuid4().hex if fault is FaultKind.WRONG_ID or not given else given
