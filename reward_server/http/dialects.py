"""The routes of the dialects: each reads its own format and goes the way of every batch."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from fastapi import Request, Response

from reward_server.dialects.azure import Azure
from reward_server.dialects.dialect import Dialect
from reward_server.dialects.gym_metrics import Request as AggregateRequest
from reward_server.dialects.gym_metrics import aggregate
from reward_server.dialects.nemo_gym import NeMoGym
from reward_server.dialects.openrlhf import OpenRLHF
from reward_server.dialects.settings import Settings, read_settings
from reward_server.dialects.slime import Slime
from reward_server.http.answering import Received, answer, json_response
from reward_server.http.idempotency import Answer
from reward_server.http.rewards import named
from reward_server.http.scoring import score
from reward_server.http.state import State
from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.decoding import decode_as
from reward_server.wire.egress import encode
from reward_server.wire.native import RewardRequest, RewardResponse
from reward_server.wire.origin import Origin

Endpoint = Callable[[Request], Awaitable[Response]]


def scoring(dialect: Dialect) -> Endpoint:
    """Make the endpoint that scores in a dialect."""

    async def endpoint(request: Request) -> Response:
        state: State = request.app.state.gavel
        settings = read_settings(request.query_params, request.headers, dialect.parameters, dialect.policies)
        function = _function(state, request.path_params.get("reward"))
        dialect.check(function)
        return await answer(request, partial(_score, state, dialect, settings, function))

    return endpoint


def _function(state: State, name: str | None) -> RewardFunction:
    return state.service.function(None) if name is None else named(state, name)


async def _score(
    state: State, dialect: Dialect, settings: Settings, function: RewardFunction, received: Received
) -> Answer:
    exchange = dialect.read(received.body, settings)
    if not exchange.rollouts:
        return Answer(encode(exchange.write([])))
    deadline_s = settings.deadline_s or min(dialect.deadline_s, state.service.limits.deadline_s)
    request = RewardRequest(rollouts=list(exchange.rollouts), reward=function.name, deadline_s=deadline_s)

    def write(response: RewardResponse) -> bytes:
        body = encode(exchange.write(response.results))
        stand_ins = sum(result.reward is None for result in response.results)
        state.metrics.stand_ins.labels(function.name, dialect.name).inc(stand_ins)
        return body

    return await score(state, request, write, Origin(received.identity, settings.run, settings.step))


async def seed_session(request: Request) -> Response:
    """Begin a rollout. Nothing is kept: a reward depends on its row alone."""
    _function(request.app.state.gavel, request.path_params.get("reward"))
    return json_response(b"{}")


async def reverify_mode(request: Request) -> Response:
    """Say that rows may be verified again at any time."""
    _function(request.app.state.gavel, request.path_params.get("reward"))
    return json_response(b'"stateless"')


async def aggregate_metrics(request: Request) -> Response:
    """Statistics of verify responses."""
    return await answer(request, _aggregate)


async def _aggregate(received: Received) -> Answer:
    """In a thread, as there may be many."""
    return await asyncio.to_thread(_aggregated, received.body)


def _aggregated(body: bytes) -> Answer:
    return Answer(encode(aggregate(decode_as(body, AggregateRequest))))


def _gym(prefix: str, reward: str) -> Sequence[tuple[str, str, Endpoint, str]]:
    return (
        ("POST", f"{prefix}/seed_session", seed_session, f"NeMo Gym: begin a rollout{reward}"),
        ("POST", f"{prefix}/verify", scoring(NeMoGym()), f"NeMo Gym: score a row{reward}"),
        ("POST", f"{prefix}/aggregate_metrics", aggregate_metrics, f"NeMo Gym: statistics of rows{reward}"),
        ("GET", f"{prefix}/reverify_mode", reverify_mode, f"NeMo Gym: rows may be scored again{reward}"),
    )


def _single(dialect: Dialect, what: str) -> Sequence[tuple[str, str, Endpoint, str]]:
    path = f"/{dialect.name}"
    return (
        ("POST", path, scoring(dialect), what),
        ("POST", f"{path}/{{reward}}", scoring(dialect), f"{what}, by a named reward function"),
    )


ROUTES: Sequence[tuple[str, str, Endpoint, str]] = (
    *_single(OpenRLHF(), "OpenRLHF: score a rollout"),
    *_single(Slime(), "slime: score a sample"),
    *_single(Azure(), "Azure endpoint grader: score a rollout"),
    *_gym("/nemo-gym", ""),
    *_gym("/nemo-gym/{reward}", ", by a named reward function"),
    *_gym("", ", at the root, for clients that know host and port only"),
)
