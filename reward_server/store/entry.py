"""What is handed over to be stored: one request, scored."""

import math
import os
import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from judges.call import Call
from reward_server.check.equation import equation
from reward_server.engine.row import Row
from reward_server.reward.component import Bounds
from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.native import Timing
from reward_server.wire.origin import Origin


class Description(msgspec.Struct, frozen=True):
    """What has to be known of a reward version to read its rollouts."""

    name: str
    equation: str
    components: Sequence[str]
    """In the order of the columns of values."""
    bounds: Sequence[tuple[float | None, float | None]]
    """None where there is no bound: JSON has no infinity."""
    weights: Sequence[float]
    criteria: Sequence[str]
    """In the order of the verdicts in a row."""
    source: str
    """The reward file, as it was read; empty where it was not read from one."""


class RewardVersion(msgspec.Struct, frozen=True):
    """What scored a request, without the code that did."""

    version: str
    description: Description
    layout: str
    """Of the completions, as JSON."""


class Entry(NamedTuple):
    """One request's rows, in its order."""

    scorer: RewardVersion
    rows: Sequence[Row]
    calls: Sequence[Call]
    """What was done for judges' questions, by whichever of the rollouts."""
    timing: Timing
    origin: Origin
    at: float
    """When it was scored, in seconds since 1970."""


def entry(
    function: RewardFunction, rows: Sequence[Row], calls: Sequence[Call], timing: Timing, origin: Origin
) -> Entry:
    """An entry of now. A request that is like no other gets an identity: it may have to be stored again."""
    if origin.identity is None:
        origin = origin._replace(identity=os.urandom(16))
    return Entry(_scorer(function), rows, calls, timing, origin, time.time())


_SCORERS: dict[int, tuple[RewardFunction, RewardVersion]] = {}
_MOST_SCORERS = 100


def _scorer(function: RewardFunction) -> RewardVersion:
    """What stands for a reward function, which does not change: made once."""
    known = _SCORERS.get(id(function))
    if known is not None:
        return known[1]
    if len(_SCORERS) >= _MOST_SCORERS:
        _SCORERS.clear()
    layout = function.layout.model_dump_json(by_alias=True, exclude_defaults=True)
    made = RewardVersion(function.version, describe(function), layout)
    _SCORERS[id(function)] = function, made
    return made


def describe(function: RewardFunction) -> Description:
    """What has to be known of a reward function to read its rollouts."""
    columns = {column.name: column for column in function.columns}
    return Description(
        name=function.name,
        equation=equation(function),
        components=list(function.order),
        bounds=[_told(columns[name].bounds) for name in function.order],
        weights=[columns[name].weight for name in function.order],
        criteria=[criterion for name in function.order for criterion in columns[name].component.criteria],
        source=function.text,
    )


def _told(bounds: Bounds) -> tuple[float | None, float | None]:
    low, high = bounds
    return low if math.isfinite(low) else None, high if math.isfinite(high) else None


class StoredCall(msgspec.Struct, frozen=True, omit_defaults=True):
    """One judge call for one rollout, as it is kept."""

    question: str
    """The criterion; `#n` after it for the nth sample; several joined by `+` where asked together."""
    how: str
    """`called`, `cached` or `joined`."""
    judge: str = ""
    replica: str = ""
    seconds: float = 0.0
    prompt_digest: str = ""
    """Of the messages; 32 hexadecimal digits."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reply: str = ""
    cause: str | None = None
