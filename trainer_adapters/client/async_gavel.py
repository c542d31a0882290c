"""The client on one event loop: batches, one deadline, retries, and holes instead of made-up numbers."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote

from trainer_adapters.client.batches import Batch, Rollout, batches
from trainer_adapters.client.connections import Connections, Reply, Try, TryFailed
from trainer_adapters.client.deadline import Clock, Deadline, together
from trainer_adapters.client.errors import Refused, Unreachable
from trainer_adapters.client.holes import Holes
from trainer_adapters.client.joiner import Joiner, Waiting
from trainer_adapters.client.origin import Origin, origin
from trainer_adapters.client.posting import post_of
from trainer_adapters.client.reading import json_of, results_of
from trainer_adapters.client.retry import Retry
from trainer_adapters.client.scores import Description, GroupMean, Result, Scores, at_position
from trainer_adapters.client.settings import REWARDS_PATH, Settings
from trainer_adapters.client.unscored import unreachable

T = TypeVar("T")

GROUPS_PATH = "/v1/groups"
SLACK_S = 10.0
"""Seconds that an answer about a group gets beyond what it was asked to wait."""

_LOG = logging.getLogger("trainer_adapters")


class AsyncGavel:
    """A client for one event loop; use `Gavel` where there may be others.

    What one rollout or another lacks is in the scores. Raises Refused for a mistake in the request and
    TooManyUnscored when too many of the recent rollouts are holes.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.settings = settings or Settings.of()
        self._clock = clock
        self._connections = Connections(self.settings)
        self._retry = Retry(self.settings.attempts, self.settings.longest_wait_s, pause, chance)
        self._holes = Holes(self.settings.max_unscored_fraction, self.settings.window)
        self._joiner = Joiner(
            self._joined, self._apart, self._deadline, self.settings.join_s, self.settings.batch_rollouts
        )
        self._description: asyncio.Future[Description] | None = None
        self._weights: Mapping[str, float] | None = None
        self._version: str | None = None

    async def score(
        self,
        rollouts: Sequence[Rollout],
        detail: str = "components",
        *,
        run: str | None = None,
        step: int | None = None,
    ) -> Scores:
        """Score rollouts of one step by the deadline, in as few requests as the settings allow.

        `run` and `step` are for the server's store and dashboard.
        """
        return await self._scored(rollouts, detail, self._deadline(), origin(run, step))

    async def _scored(
        self, rollouts: Sequence[Rollout], detail: str, deadline: Deadline, whose: Origin
    ) -> Scores:
        parts = batches(rollouts, self.settings)
        with self._holes.under_way(len(rollouts)):
            answers = await together([self._answer(part, detail, deadline, whose) for part in parts])
            results = self._merged(rollouts, detail, parts, answers)
            self._holes.record(results)
        name = next((answer.get("reward_name") for answer in answers if isinstance(answer, dict)), None)
        return Scores(results, name, self._version)

    async def join(self, rollout: Rollout, *, run: str | None = None, step: int | None = None) -> Result:
        """Score one rollout in a request that it shares with others of its step and the same milliseconds.

        Where a function compares the rollouts of a group, only those of one group share: they wait for it.
        """
        return await asyncio.wrap_future(self.hand_in(rollout, asyncio.get_running_loop(), run, step))

    def hand_in(
        self,
        rollout: Rollout,
        loop: asyncio.AbstractEventLoop,
        run: str | None = None,
        step: int | None = None,
    ) -> Waiting:
        """As `join`, from any thread; `loop` is the one this client lives on."""
        return self._joiner.join(rollout, loop, origin(run, step))

    async def describe(self) -> Description:
        """What the reward function computes; asked once. Raises Unreachable or Refused."""
        if self._description is None:
            self._description = asyncio.ensure_future(self._described())
            self._description.add_done_callback(self._keep_if_known)
        return await asyncio.shield(self._description)

    async def group(self, id: str, wait_s: float = 30.0) -> GroupMean:  # noqa: A002 - the API's own word
        """Ask for the means of a group that was sent with its size, once whole or after `wait_s` seconds.

        Raises Unreachable, and Refused for a group that the server does not know.
        """
        name = self.settings.reward or (await self.describe()).name
        deadline = Deadline(wait_s + SLACK_S, self._clock)

        def request() -> Try:
            left = max(0.0, min(wait_s, deadline.remaining() - SLACK_S))
            return Try("GET", GROUPS_PATH, query={"reward": name, "id": id, "wait_s": f"{left:g}"})

        return await self._asked(request, deadline, GroupMean.read)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._description is not None and not self._description.done():
            self._description.cancel()
        await self._connections.aclose()

    async def __aenter__(self) -> AsyncGavel:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _deadline(self) -> Deadline:
        return Deadline(self.settings.deadline_s, self._clock)

    async def _joined(self, rollouts: Sequence[Rollout], deadline: Deadline, whose: Origin) -> list[Result]:
        return (await self._scored(rollouts, "components", deadline, whose)).results

    async def _apart(self) -> bool:
        """Whether rollouts wait for their group; a server that cannot be asked will not score either."""
        try:
            return (await self.describe()).relative
        except Unreachable:
            return False

    async def _answer(
        self, batch: Batch, detail: str, deadline: Deadline, whose: Origin
    ) -> dict[str, Any] | Unreachable:
        """The answer to a batch, or why there is none."""
        key = uuid.uuid4().hex

        async def attempt() -> dict[str, Any]:
            request = await post_of(batch, self.settings, detail, key, deadline, whose)
            reply = await self._connections.send(request, deadline.remaining())
            return results_of(reply, batch.ids)

        try:
            answer = await self._retry.until(deadline, attempt)
        except Unreachable as error:
            _LOG.warning(
                "%d rollouts are unscored: no answer from %s: %s", len(batch.ids), self.settings.url, error
            )
            return error
        self._learn(answer)
        return answer

    def _merged(
        self,
        rollouts: Sequence[Rollout],
        detail: str,
        parts: Sequence[Batch],
        answers: Sequence[dict[str, Any] | Unreachable],
    ) -> list[Result]:
        merged: dict[int, Result] = {}
        for part, answer in zip(parts, answers, strict=True):
            if isinstance(answer, Unreachable):
                found = self._local([rollouts[position] for position in part.positions], detail, str(answer))
            else:
                found = answer["results"]
            for position, result in zip(part.positions, found, strict=True):
                named = rollouts[position].get("id") is not None
                merged[position] = result if named else at_position(result, position)
        return [merged[position] for position in range(len(rollouts))]

    def _local(self, rollouts: Sequence[Rollout], detail: str, why: str) -> list[Result]:
        return unreachable(rollouts, why, None if detail == "rewards" else self._weights)

    def _learn(self, answer: Mapping[str, Any]) -> None:
        version, components = answer.get("reward_version"), answer["results"][0]["components"]
        if self._version not in (None, version):
            _LOG.warning("the reward function changed from %s to %s", self._version, version)
        self._version = version
        if components:
            self._weights = {name: column["weight"] for name, column in components.items()}

    async def _described(self) -> Description:
        name = self.settings.reward
        path = REWARDS_PATH if name is None else f"{REWARDS_PATH}/{quote(name, safe='')}"
        description = await self._asked(lambda: Try("GET", path), self._deadline(), self._one)
        self._weights = self._weights or description.weights
        return description

    def _one(self, body: Any) -> Description:
        """The description asked for: the only one where no name was given."""
        if isinstance(body, list):
            if len(body) != 1:
                names = ", ".join(str(each["name"]) for each in body)
                raise Refused(
                    f"the server has several reward functions: {names}", hint="name one by GAVEL_REWARD"
                )
            body = body[0]
        return Description.read(body)

    async def _asked(self, request: Callable[[], Try], deadline: Deadline, read: Callable[[Any], T]) -> T:
        async def attempt() -> T:
            reply: Reply = await self._connections.send(request(), deadline.remaining())
            try:
                return read(json_of(reply))
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
                raise TryFailed("the answer does not have the shape it should have") from None

        try:
            return await self._retry.until(deadline, attempt)
        except Unreachable as error:
            raise Unreachable(f"no answer from {self.settings.url}{request().path}: {error}") from error

    def _keep_if_known(self, asked: asyncio.Future[Description]) -> None:
        """Forget a failure, so that the next call asks again."""
        if asked.cancelled() or asked.exception() is not None:
            self._description = None
