"""What a load test writes down: calls, phases of load, and what was seen of the machine meanwhile.

All times are seconds on the monotonic clock since the run began. Shapes only.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

Shape = Literal["closed", "constant", "poisson", "burst"]
"""How load comes. `closed`: so many calls in flight, the next when one ends. `constant`, `poisson`: rollouts
at a rate, whatever became of those before (open loop). `burst`: all rollouts of a step at once."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One call: of one criterion of one rollout to a judge, or of some rollouts to a reward URL."""

    due: float
    """When the schedule wanted it sent. Latency counts from here, so a stall delays all that it held up."""
    sent: float
    """When it was sent."""
    done: float
    """When its whole answer had been read, or it had failed."""
    rollout: int
    """Which rollout, numbered over the whole run; of several, the first."""
    group: int
    """Which group, numbered over the whole run."""
    phase: int = 0
    """Which phase, by its place in the run."""
    client: int = 0
    """Which of several clients that compete."""
    rollouts: int = 1
    """How many rollouts it carried."""
    verdicts: int = 1
    """How many verdicts it brought."""
    cause: str | None = None
    """Why it brought none, or fewer than all: a `Cause`; of a reward URL also `http_503` and the like,
    `server_unreachable` and `server_garbled`."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Prompt tokens that the engine's prefix cache held."""
    completion_tokens: int = 0
    server_s: float | None = None
    """How long the server says it took, where it says so."""
    judge_s: float | None = None
    """Of that, by the reward server's account, what one question to a judge took on average, its wait for a
    replica included."""
    unscored: int = 0
    """How many of its rollouts came back without a reward, for `cause` or other causes."""

    @property
    def latency(self) -> float:
        """Seconds from when it was due to its end."""
        return self.done - self.due


class Phase(msgspec.Struct, frozen=True):
    """A time of one load."""

    shape: Shape
    load: float
    """Calls in flight, rollouts a second, or rollouts at once."""
    start: float
    warm: float
    """From here on it counts; what came before warmed up."""
    end: float
    """From here on nothing new was sent."""
    repeat: int = 0
    """Which repetition of the same load."""


class Sight(msgspec.Struct, frozen=True):
    """The client and the engine at one moment."""

    at: float
    cpu: float
    """The client's CPU time since the sight before, as a share of one core."""
    lag_s: float
    """By how much the event loop was late at worst since then."""
    in_flight: int
    running: int | None = None
    """Calls that the engine worked on; None where it does not say."""
    waiting: int | None = None
    """Calls that waited in the engine."""
    server_cpu: float | None = None
    """Share of one core that the process behind the URL used just before, where it says so."""


class Target(msgspec.Struct, frozen=True):
    """What was tested."""

    kind: Literal["judge", "reward"]
    url: str
    model: str | None = None
    rubric: str | None = None
    """The rubric's id and version."""
    digest: str | None = None
    layout: str | None = None
    questions: int = 1
    """Calls that one rollout makes."""
    group_size: int = 1


class EngineTokens(msgspec.Struct, frozen=True):
    """Tokens that the engine itself counted in a phase; None where it has no such counter."""

    prompt: int | None = None
    cached: int | None = None
    completion: int | None = None


class Run(msgspec.Struct, frozen=True):
    """A whole load test, before anything is made of it."""

    target: Target
    seed: int
    phases: Sequence[Phase]
    records: Sequence[Record]
    sights: Sequence[Sight]
    engine: Mapping[int, EngineTokens] = {}
    """By phase."""
    interrupted: bool = False
    """Whether somebody stopped it; what there is is reported."""
    notes: Sequence[str] = ()
    """What a reader of its figures has to know."""
