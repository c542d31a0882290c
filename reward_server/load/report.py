"""What a load test found: the `loadtest/v1` document. Shapes only; the figures are made next door.

Times are seconds, rates are per second, shares are from 0 to 1. What is not known is null, never 0.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from reward_server.load.record import Shape, Target

SCHEMA = "loadtest/v1"

Who = Literal["judge", "server", "client", "unknown", "none"]
"""Who limited what was reached. `none`: the load was too light to meet one. `unknown`: there is no proof."""


class Latency(msgspec.Struct, frozen=True):
    """How long something took, from when it was due.

    Percentiles are exact, by nearest rank: the smallest value that so many per cent do not exceed. Of fewer
    than 100 values p99 is therefore the greatest, of fewer than 1,000 p99.9.
    """

    count: int
    mean: float
    p50: float
    p90: float
    p99: float
    p999: float
    max: float


class Tokens(msgspec.Struct, frozen=True):
    """Tokens a second."""

    prompt: float | None = None
    """Of prompts, cached or not."""
    prefill: float | None = None
    """Of prompts, computed; null where nothing says what was cached."""
    cached: float | None = None
    """Of prompts, taken from the engine's prefix cache."""
    decode: float | None = None
    """Generated."""


class Bin(msgspec.Struct, frozen=True):
    """Latencies from `low` up to `high`, which is left out. Bins are log-spaced and adjoin."""

    low: float
    high: float
    count: int


class Interval(msgspec.Struct, frozen=True):
    """The 95 % confidence interval of a figure."""

    low: float
    high: float


class Client(msgspec.Struct, frozen=True):
    """How the load generator itself fared; null where it was not observed."""

    cpu: float | None = None
    """Mean share of one core that it used."""
    lag_p99_s: float | None = None
    """p99 of how late the event loop was."""
    late_p99_s: float | None = None
    """p99 of how long after it was due a call was sent. Null for bursts: what is in flight may have a cap."""
    in_flight: float | None = None
    """Calls in flight on average over the measured time, by Little's law: their seconds over its seconds."""
    limited_by: Sequence[str] = ()
    """Why the client, and not what was tested, limited this load; sentences. Empty where it did not."""


class PhaseFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One load; all repeats of it together."""

    shape: Shape
    load: float
    """Calls in flight (closed), rollouts a second (constant, poisson), or rollouts at once (burst)."""
    repeats: int
    seconds: float
    """Measured time, of all repeats. A burst is measured from its start to its last answer."""
    calls: int
    """Calls due in the measured time."""
    offered_rollouts_s: float | None
    """Rollouts that the schedule made due; null for closed loops and bursts, which have no schedule."""
    rollouts_s: float | None
    """Rollouts completed in the measured time: each call brought a verdict, an abstention or a refusal."""
    verdicts_s: float | None
    calls_s: float | None
    """Calls that ended in the measured time, failed ones too."""
    tokens_s: Tokens
    cache_hit_rate: float | None
    """Share of prompt tokens that the prefix cache held."""
    latency: Latency | None
    """Of calls due in the measured time that were answered, ran out of time or were cut off. The last two
    count with how long they were waited for. Calls that failed in another way are left out: they say how
    fast an error comes."""
    first_verdict_s: float | None
    """Median over rollouts: from when the first call was due to the first verdict."""
    rollout_latency: Latency | None
    """From when a rollout's first call was due to its last answer."""
    group_latency: Latency | None
    """From when a group's first call was due to its last answer."""
    step_s: float | None
    """Bursts: from when it was due to the last answer; the mean of the repeats."""
    failures: Mapping[str, float]
    """Share of calls by cause; abstentions are apart."""
    abstained: float | None
    """Share of calls that the judge answered without a verdict."""
    goodput_rollouts_s: float | None
    """Rollouts completed with every verdict and within the limit on latency, `slo_s`; null without one."""
    client: Client
    fairness: float | None
    """Jain's index of what competing clients got: 1 is equal, 1/n is one gets all. Null with one client."""
    histogram: Sequence[Bin]
    """Of the latencies of calls."""
    intervals: Mapping[str, Interval]
    """By the names in `samples`: over the repeats (Student's t) where there are three, else by a block
    bootstrap of seconds. A figure that too little is known of is missing."""
    samples: Mapping[str, Sequence[float | None]]
    """Figures, named as in requirements, by repeat or by second: what intervals and comparisons rest on."""
    sampled: Literal["repeat", "second"] | None
    """What one value of `samples` stands for; null where there are no samples."""
    client_limited: bool
    """The client limited this load: its rates are not what was tested can do, and no conclusion uses them."""


class Knee(msgspec.Struct, frozen=True):
    """Beyond it more load brings latency, not throughput."""

    shape: Shape
    load: float
    rollouts_s: float
    """What is sustained there."""
    calls_s: float | None
    verdicts_s: float | None
    p99_s: float | None
    """p99 of a whole rollout's latency."""
    phase: int
    """Which of the report's phases."""


class Limit(msgspec.Struct, frozen=True):
    """Who is the bottleneck, and why one should believe it."""

    who: Who
    evidence: Sequence[str]


class Moment(msgspec.Struct, frozen=True):
    """One step of the timeline."""

    at: float
    """Its beginning, since the run began."""
    phase: int | None
    """Which of the report's phases; null between them."""
    warming: bool
    """Whether it is warm-up, which no figure counts."""
    rollouts: int
    """Completed in it."""
    calls: int
    """Ended in it."""
    failures: int
    p50: float | None
    """Of calls that ended in it."""
    p99: float | None
    in_flight: int | None
    """The most seen."""
    running: int | None
    """The most that the engine was seen to work on."""
    waiting: int | None
    """The most that was seen to wait in the engine."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole load test."""

    schema: Literal["loadtest/v1"] = "loadtest/v1"
    target: Target
    seed: int
    interrupted: bool
    """Stopped by somebody: fewer phases, or less time, than planned."""
    slo_s: float | None
    """The limit on a whole rollout's latency, where one was stated."""
    phases: Sequence[PhaseFigures]
    """In the order in which loads were first tried."""
    knee: Knee | None
    no_knee: str | None
    """Why there is none; a sentence."""
    sustained_rollouts_s: float | None
    """The most that surely is: at the knee, else the greatest throughput that the client did not limit."""
    limit: Limit
    verdict: str
    """In plain words, two to four sentences."""
    timeline: Sequence[Moment]
    timeline_step_s: float
    """How long a moment is: a second, more in tests of over an hour."""
    notes: Sequence[str]
    """What a reader should know before trusting a figure."""
