"""A dialect: one trainer's wire format, read into rollouts and written from their results."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from reward_server.advice import ADVICE
from reward_server.dialects.settings import Settings
from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.native import Result, RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.cause import Cause
from rubrics.rollout import Json

RETRY_AFTER_S = 1


class Exchange(ABC):
    """One request of a dialect, read."""

    rollouts: Sequence[RolloutRequest]
    """What is to be scored; none where the trainer sends empty batches."""

    @abstractmethod
    def write(self, results: Sequence[Result]) -> Json:
        """Answer with one result for each of the rollouts. Raises RequestError where the policy says fail."""


class Dialect(ABC):
    """A trainer's wire format."""

    name: ClassVar[str]
    deadline_s: ClassVar[float]
    """Seconds to answer in where the URL says nothing: a little under the client's own timeout."""
    policies: ClassVar[Sequence[str]] = ("fail", "number")
    """What may become of an unscored rollout, the default first."""
    parameters: ClassVar[frozenset[str]] = frozenset({"unscored", "deadline_s", "run", "step"})
    """What the URL may set."""
    ungrouped: ClassVar[str | None] = None
    """What to do about a relative function where this format does not say which rollouts are a group."""

    @abstractmethod
    def read(self, body: bytes, settings: Settings) -> Exchange:
        """Read a request. Raises RequestError."""

    def check(self, function: RewardFunction) -> None:
        """Refuse a reward function that this wire format cannot serve. Raises RequestError."""
        if function.relative and self.ungrouped is not None:
            message = f"`{function.name}` compares the rollouts of a group, and {self.name} names no groups"
            raise RequestError("invalid_field", message, path="$", hint=self.ungrouped)


def reward_of(result: Result, settings: Settings) -> float:
    """The reward, or the number that the author lets stand in. Raises RequestError where that is `fail`."""
    if result.reward is not None:
        return result.reward
    if isinstance(settings.unscored, float):
        return settings.unscored
    raise unscorable(result)


def unscorable(result: Result) -> RequestError:
    """Say that a rollout has no reward, to a trainer that tries again or leaves it out."""
    cause = Cause(result.cause or Cause.COMPONENT_ERROR)
    message = f"the rollout could not be scored ({cause})"
    return RequestError("batch_unscored", message, hint=ADVICE[cause], retry_after_s=RETRY_AFTER_S)
