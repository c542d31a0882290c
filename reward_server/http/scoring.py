"""Scoring a request on behalf of a route: counted in, counted out, logged."""

from collections.abc import Callable

import structlog

from reward_server.http.idempotency import Answer
from reward_server.http.state import State
from reward_server.wire.native import RewardRequest, RewardResponse
from reward_server.wire.origin import UNKNOWN, Origin

_LOG = structlog.get_logger("gavel.rewards")


async def score(
    state: State,
    request: RewardRequest,
    write: Callable[[RewardResponse], bytes],
    origin: Origin = UNKNOWN,
) -> Answer:
    """Score rollouts and write the answer. Raises RequestError."""
    reward = state.service.function(request.reward).name
    with state.metrics.accepted(reward, len(request.rollouts)):
        response = await state.service.score(request, origin)
        causes = response.summary.unscored
        if causes:
            _LOG.warning("unscored", reward=reward, rollouts=len(response.rewards), causes=causes)
        body = write(response)
    state.metrics.scored(response)
    return Answer(body, whole=not causes)
