"""What came of probing a judge once, by criterion. Shapes only; `probing/` makes them."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

ProbeKind = Literal["canary", "anchor"]


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round of canaries or anchors, as far as it is about one criterion."""

    kind: ProbeKind
    judge: str
    """Its name in the reward file; of a panel, the names with `+` between."""
    criterion: str
    step: int
    """The run's last step when it began."""
    at: float
    """Seconds since 1970."""
    asked: int
    """Questions that were answered, or rollouts whose verdicts can be compared."""
    found: float
    """Of canaries, how many were found met; of anchors, the mean of how far verdicts moved."""
    retest: float = 0.0
    """Of anchors, how far they moved, on average, when all were judged twice at the beginning."""
    excess: float = 0.0
    """Of anchors, the mean over rollouts of how much farther they moved than at the retest."""
    error: float = 0.0
    """Its standard error."""
    direction: float = 0.0
    """Of anchors, the mean of the moves with their signs."""
    rollouts: Sequence[int] = ()
    """Numbers of a few stored rollouts: whose canaries were found met, or which moved farthest."""


Values = Mapping[str, float]
"""What a judge found on one rollout, by criterion, before it is turned round: a probability or a level."""


class Anchor(msgspec.Struct, frozen=True):
    """One rollout, judged twice."""

    number: int
    first: Values
    second: Values


class AnchorSet(msgspec.Struct, frozen=True):
    """The anchors of one rubric component under one version of its reward."""

    component: str
    version: str
    anchors: Sequence[Anchor]
