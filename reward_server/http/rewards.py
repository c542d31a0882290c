"""`POST /v1/rewards` and `GET /v1/rewards/{name}`."""

from functools import partial
from http import HTTPStatus

import msgspec
import structlog
from fastapi import Request, Response

from reward_server.check.equation import describe
from reward_server.http.body import declared_size, read_body
from reward_server.http.disconnect import unless_disconnected
from reward_server.http.state import State
from reward_server.wire.decoding import decode
from reward_server.wire.egress import encode
from reward_server.wire.status import RequestError
from rubrics.problems import did_you_mean

_LOG = structlog.get_logger("gavel.rewards")
_MAX_KEY = 256


async def post_rewards(request: Request) -> Response:
    """Score rollouts; one reward or null for each, by the deadline."""
    state: State = request.app.state.gavel
    limits = state.service.limits
    key = _idempotency_key(request)
    with state.admission.permit(declared_size(request, limits.max_body_bytes)) as permit:
        with state.admission.reading():
            body = await read_body(request, permit, limits.max_body_bytes, limits.read_s)
        work = partial(_score, state, body)
        answering = work() if key is None else state.idempotency.run(key, body, work)
        return _json(await unless_disconnected(request.receive, answering))


async def _score(state: State, body: bytes) -> bytes:
    request = decode(body)
    reward = state.service.function(request.reward).name
    with state.metrics.accepted(reward, len(request.rollouts)):
        response = await state.service.score(request)
        answer = encode(response)
    state.metrics.scored(response)
    if response.summary.unscored:
        _LOG.warning(
            "unscored", reward=reward, rollouts=len(response.rewards), causes=response.summary.unscored
        )
    return answer


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
        message = f"an Idempotency-Key is 1 to {_MAX_KEY} printable ASCII characters"
        raise RequestError("invalid_field", message, path="Idempotency-Key")
    return key


async def list_rewards(request: Request) -> Response:
    """Every reward function, as an equation."""
    state: State = request.app.state.gavel
    return _json(msgspec.json.encode([describe(f) for f in state.service.functions.values()]))


async def get_reward(request: Request, name: str) -> Response:
    """One reward function, as an equation."""
    state: State = request.app.state.gavel
    if name not in state.service.functions:
        message = f"there is no reward function {name[:80]!a} here"
        raise RequestError("not_found", message, hint=did_you_mean(name[:80], state.service.functions))
    return _json(msgspec.json.encode(describe(state.service.functions[name])))


def _json(body: bytes) -> Response:
    return Response(body, HTTPStatus.OK, media_type="application/json")
