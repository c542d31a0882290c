"""A judge at a glance. Shapes only."""

from collections.abc import Sequence

import msgspec

from judges.request import Form


class ReplicaStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One replica at a glance."""

    name: str
    state: str
    """`healthy`, `ejected` or `leaving`."""
    reason: str | None
    """Why it is ejected."""
    limit: int
    """Calls it is given at once."""
    in_flight: int
    waiting: int
    median_s: float | None
    """Median time of its recent replies, in seconds."""


class JudgeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A judge at a glance."""

    form: Form | None
    """How answers are asked for; None while the endpoint has not been probed."""
    waiting: int
    """Calls in line."""
    replicas: Sequence[ReplicaStatus]
