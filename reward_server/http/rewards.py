"""`POST /v1/rewards` and `GET /v1/rewards/{name}`."""

from functools import partial

import msgspec
from fastapi import Request, Response

from reward_server.check.equation import describe
from reward_server.dialects.settings import read_origin
from reward_server.http.answering import Received, answer, json_response
from reward_server.http.idempotency import Answer
from reward_server.http.scoring import score
from reward_server.http.state import State
from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.decoding import decode
from reward_server.wire.egress import encode
from reward_server.wire.origin import Origin
from reward_server.wire.status import RequestError
from rubrics.problems import did_you_mean


async def post_rewards(request: Request) -> Response:
    """Score rollouts; one reward or null for each, by the deadline."""
    said = read_origin(request.query_params, request.headers)
    return await answer(request, partial(_score, request.app.state.gavel, *said))


async def _score(state: State, run: str | None, step: int | None, received: Received) -> Answer:
    """Score; the body's run and step go before those of the URL and its headers."""
    request = decode(received.body)
    origin = Origin(received.identity, request.run or run, step if request.step is None else request.step)
    return await score(state, request, encode, origin)


async def list_rewards(request: Request) -> Response:
    """Every reward function, as an equation."""
    state: State = request.app.state.gavel
    return json_response(msgspec.json.encode([describe(f) for f in state.service.functions.values()]))


async def get_reward(request: Request, name: str) -> Response:
    """One reward function, as an equation."""
    return json_response(msgspec.json.encode(describe(named(request.app.state.gavel, name))))


def named(state: State, name: str) -> RewardFunction:
    """Find the reward function that a path names. Raises RequestError."""
    if name not in state.service.functions:
        message = f"there is no reward function {name[:80]!a} here"
        raise RequestError("not_found", message, hint=did_you_mean(name[:80], state.service.functions))
    return state.service.functions[name]
