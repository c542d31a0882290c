"""Requests put to a service in this process, one after the other or at the same time."""

import asyncio
from collections.abc import Mapping

from reward_server.limits import Limits
from reward_server.service import Service
from reward_server.wire.native import RewardRequest, RewardResponse, RolloutRequest
from tests.reward_server.making import reward_of


def service_of(text: str) -> Service:
    """A service with one reward function, from the YAML of its file."""
    function = reward_of(text)
    return Service({function.name: function}, Limits())


def member(name: str, group: str = "g", size: int | None = 4, **values: float | None) -> RolloutRequest:
    """A rollout of a group; probe components read its values."""
    return RolloutRequest(completion="x", id=name, group=group, group_size=size, metadata=dict(values))


async def ask(service: Service, *rollouts: RolloutRequest, deadline_s: float = 30.0) -> RewardResponse:
    """Score rollouts in one request."""
    return await service.score(RewardRequest(rollouts=list(rollouts), deadline_s=deadline_s))


def asking(
    service: Service, *rollouts: RolloutRequest, deadline_s: float = 30.0
) -> "asyncio.Task[RewardResponse]":
    """The same, meanwhile."""
    return asyncio.create_task(ask(service, *rollouts, deadline_s=deadline_s))


def told(*responses: RewardResponse) -> Mapping[str, float | str | None]:
    """Each rollout's reward, or the cause for which there is none, by its id."""
    results = [result for response in responses for result in response.results]
    return {result.id: result.cause if result.reward is None else result.reward for result in results}


async def let_run() -> None:
    """Give everything that can go on the time to do so."""
    for _ in range(50):
        await asyncio.sleep(0)
