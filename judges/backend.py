"""What a judge runs on: `async (Request) -> Reply`, or a BackendError that says what went wrong.

The network, an in-process model and the scripted test judge are the same thing. A backend makes one
attempt at one place; which place, retries, time limits and the reading of the verdict belong to the `Judge`.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, Protocol

from pydantic import Field

from judges.backend_error import BackendError as BackendError  # noqa: PLC0414 - those who call one catch the other
from judges.cache.options import CacheOptions
from judges.request import Form, Reply, Request
from rubrics.options import Options
from rubrics.rollout import Json
from rubrics.rubric import PromptLayout


class Backend(Protocol):
    """Answers requests, many at a time. Cancelling a call must stop its work and free what it holds."""

    async def __call__(self, request: Request) -> Reply:
        """Make one attempt. Raises BackendError."""

    async def aclose(self) -> None:
        """Release connections and models."""


Endpoints = Mapping[str, Callable[[], Backend]]
"""Where a judge runs: the name of each replica, and how to open it."""


_HARMLESS = {"max_concurrency", "timeout_s", "attempts", "reasons", "max_waiting", "cache"}
"""Options that change no verdict."""


class JudgeOptions(Options):
    """A judge as a reward file describes it. Subclass it to add your own: `use: package.module:Class`."""

    max_concurrency: Annotated[int, Field(ge=1)] | None = None
    """Most calls in flight at once on each replica. Left out, the judge finds out what a replica bears."""
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds for one attempt, from sending the request to the last byte of the reply."""
    attempts: Annotated[int, Field(ge=1, le=3)] = 3
    """Attempts for one call, the first included."""
    verdict: Literal["auto", "token", "choice", "json", "text"] = "auto"
    """How answers are asked for. `token`: one token, read from its log-probabilities. `choice`, `json`: under
    constrained decoding, for engines without them. `text`: the bare words. `auto`: the best that the endpoint
    is found able to do when it is first asked; then it stays at that."""
    layout: PromptLayout = "criterion_last"
    """`criterion_last`: each question states its criterion after the texts. `listed`: all criteria stand
    ahead of the texts and each question names one, which an engine with a prefix cache computes faster.
    A rubric's own `layout` goes first."""

    reasons: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of new verdicts for which the judge is then asked for a reason, for audits: one more call each.
    A reason never changes a verdict."""
    max_waiting: Annotated[int, Field(ge=1)] = 200_000
    """Most calls in line; further ones are refused as `judge_overloaded`, and new requests with 429."""
    cache: CacheOptions = CacheOptions()
    """Where verdicts are kept, so that no question is asked twice."""

    @abstractmethod
    def open(self) -> Backend:
        """The backend, ready to answer; of several replicas, the first. Raises ConfigError."""

    def endpoints(self) -> Endpoints:
        """Every replica by a name of its own. Raises ConfigError."""
        return {"": self.open}

    async def discover(self) -> Endpoints | None:
        """The replicas that there are now; None where that never changes. Raises OSError when unknown."""
        return None

    def known_form(self) -> Form | None:
        """How answers are asked for; None where the endpoint has to be probed for it."""
        return None if self.verdict == "auto" else self.verdict

    @property
    def hedged(self) -> bool:
        """Whether a slow call may be made a second time, at the same replica if there is no other."""
        return True

    @property
    def draws(self) -> bool:
        """Whether its words are drawn by chance, so that several samples of them differ."""
        return True

    def rates(self) -> tuple[int | None, int | None]:
        """Requests and tokens a minute that each replica allows; None where it sets no limit."""
        return None, None

    def identity(self) -> Json:
        """What goes into `reward_version`: everything that can change a verdict."""
        return self.model_dump(mode="json", exclude=_HARMLESS)

    def place(self) -> Json:
        """Where the judge is. Verdicts kept in the cache are those of one place."""
        return None
