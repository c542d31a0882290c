"""What is handed over to be stored: one request, scored."""

import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from judges.call import Call
from reward_server.engine.row import Row
from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.native import Timing
from reward_server.wire.origin import Origin


class Entry(NamedTuple):
    """One request's rows, in its order."""

    function: RewardFunction
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
    """An entry of now."""
    return Entry(function, rows, calls, timing, origin, time.time())


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


class Description(msgspec.Struct, frozen=True):
    """What has to be known of a reward version to read its rollouts."""

    name: str
    equation: str
    components: Sequence[str]
    """In the order of the columns of values."""
    bounds: Sequence[tuple[float, float]]
    weights: Sequence[float]
    criteria: Sequence[str]
    """In the order of the verdicts in a row."""
    source: str
    """The reward file, as it was read; empty where it was not read from one."""
