"""What a judge runs on: `async (Request) -> Reply`, or a BackendError that says what went wrong.

The network, an in-process model and the scripted test judge are the same thing. A backend makes one
attempt; retries, time limits and the reading of the verdict belong to the `Judge` over it.
"""

from abc import abstractmethod
from typing import Annotated, Literal, Protocol

import msgspec
from pydantic import Field

from rubrics.cause import Cause
from rubrics.options import Options
from rubrics.rollout import Json

Messages = list[dict[str, str]]
"""Chat messages, each with `role` and `content`."""

Alternatives = list[tuple[str, float]]
"""Tokens with their natural log-probabilities."""


class Request(msgspec.Struct, frozen=True):
    """One question for the model."""

    messages: Messages
    choices: tuple[str, ...]
    """The answers on offer. The prompt names them; a backend may use them to constrain decoding."""
    id: str = ""
    """Names the question in traces and scripts. Not sent anywhere, not necessarily unique."""
    max_tokens: int = 1
    logprobs: bool = True
    """Whether the first token's alternatives are wanted."""


class Usage(msgspec.Struct, frozen=True):
    """Tokens as the model's server counted them; 0 where it did not say."""

    prompt: int = 0
    cached: int = 0
    """Prompt tokens served from the prefix cache."""
    completion: int = 0


UNKNOWN_USAGE = Usage()


class Reply(msgspec.Struct, frozen=True):
    """What the model said."""

    text: str
    alternatives: Alternatives | None = None
    """The most probable first tokens; None where the backend has no log-probabilities."""
    model: str = ""
    usage: Usage = UNKNOWN_USAGE
    refusal: str | None = None
    """Why the model declined; None unless it did."""


class BackendError(Exception):
    """An attempt that brought no reply. The message never quotes a prompt or a secret."""

    def __init__(
        self, cause: Cause, detail: str, *, retryable: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail
        self.retryable = retryable
        """Whether the same request may succeed later."""
        self.retry_after = retry_after
        """Seconds to wait first, as the server asked; None when it did not."""


class Backend(Protocol):
    """Answers requests, many at a time. Cancelling a call must stop its work and free what it holds."""

    async def __call__(self, request: Request) -> Reply:
        """Make one attempt. Raises BackendError."""

    async def aclose(self) -> None:
        """Release connections and models."""


class JudgeOptions(Options):
    """A judge as a reward file describes it. Subclass it to add your own: `use: package.module:Class`."""

    max_concurrency: Annotated[int, Field(ge=1)] = 256
    """Calls in flight at once; the others wait their turn."""
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds for one attempt, from sending the request to the last byte of the reply."""
    attempts: Annotated[int, Field(ge=1, le=3)] = 3
    """Attempts for one call, the first included."""
    verdict: Literal["token", "text"] = "token"
    """`token`: one token, read from its log-probabilities. `text`: a few, for engines that give none."""

    @abstractmethod
    def open(self) -> Backend:
        """The backend, ready to answer. Raises ConfigError."""

    def identity(self) -> Json:
        """What goes into `reward_version`: everything that can change a verdict."""
        return self.model_dump(mode="json", exclude={"max_concurrency", "timeout_s", "attempts"})
