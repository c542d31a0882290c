"""The native wire format: `POST /v1/rewards`, request and response. Shapes only."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from judges.caller import Tally
from reward_server.engine.summary import Summary
from rubrics.rollout import FinishReason, Json, Turns
from rubrics.stamp import RubricStamp
from rubrics.verdict import Verdict

Detail = Literal["rewards", "components", "verdicts"]
Id = Annotated[str, Meta(min_length=1, max_length=256)]
MAX_GROUP_SIZE = 65_536
MAX_STEP = 2**53


class RolloutRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sampled completion and its context. Only `completion` is required."""

    completion: Turns
    """The policy's output: text or chat messages."""
    id: Id | None = None
    """Echoed in the result; unique in the request. Left out: `#` and the position."""
    group: Id | None = None
    """The rollouts of one prompt share it. Left out: rollouts with equal prompts form a group."""
    group_size: Annotated[int, Meta(ge=1, le=MAX_GROUP_SIZE)] | None = None
    """How many rollouts the group has over all requests. Where this request holds fewer, each needs `id` and
    `group`."""
    prompt: Turns | None = None
    ground_truth: Json = None
    metadata: dict[str, Json] = {}
    finish_reason: FinishReason | None = None
    completion_tokens: Annotated[int, Meta(ge=0)] | None = None


class RewardRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch of rollouts to score."""

    rollouts: Annotated[list[RolloutRequest], Meta(min_length=1)]
    reward: str | None = None
    """Which reward function; may be left out where the server has one."""
    run: Id | None = None
    """The training run that they belong to, for the store and the dashboard. Left out: this server's."""
    step: Annotated[int, Meta(ge=0, le=MAX_STEP)] | None = None
    """The trainer's step. Left out: every 512 rollouts of a run count as one."""
    deadline_s: Annotated[float, Meta(gt=0, le=3600)] | None = None
    """Seconds until the answer is wanted; what is not done by then is null."""
    detail: Detail = "components"


class ComponentResult(msgspec.Struct, frozen=True):
    """One component of one rollout. `value` is raw; `weighted` is what it adds to the reward."""

    value: float | None
    weight: float
    weighted: float | None
    reason: str | None
    cause: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One rollout's reward, explained."""

    id: str
    group: str
    reward: float | None
    status: Literal["scored", "unscored"]
    cause: str | None
    detail: str | None
    """What exactly went wrong, for an unscored rollout."""
    advantage_weight: float | None
    """Factor for this rollout's advantage under inverse-frequency weighting; null without it."""
    components: Mapping[str, ComponentResult] | None
    verdicts: Sequence[Verdict] | None


class Means(msgspec.Struct, frozen=True):
    """Means over the scored rollouts of a group; null where there is none."""

    reward: float | None
    components: Mapping[str, float | None]
    """Mean raw value of each component over the rollouts that have a reward and this value."""


class GroupMeans(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a group that was sent with `group_size`, in one request or in many."""

    id: str
    reward_name: str
    size: int
    """How many rollouts it has."""
    arrived: int
    """How many of them have been sent."""
    scored: int
    """How many of them have a reward."""
    complete: bool
    """Whether all of them have been answered, scored or not."""
    mean: Means


class Timing(msgspec.Struct, frozen=True):
    """Where the time went, in seconds."""

    total_s: float
    scoring_s: float
    """Spent on components; what judges did is part of it."""
    judging: Tally
    """What judges were asked. Its seconds are sums over questions that were under way at the same time."""


class RewardResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a `RewardRequest`; `rewards` and `results` are in the order of its rollouts."""

    rewards: Sequence[float | None]
    results: Sequence[Result]
    reward_name: str
    reward_version: str
    rubrics: Mapping[str, RubricStamp]
    """The rubrics by component, each with the digest of what reached the judge or the arithmetic."""
    summary: Summary
    notices: Sequence[str]
    timing: Timing
