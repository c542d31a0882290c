"""What one request brings of a group."""

from collections.abc import Mapping
from typing import NamedTuple

from reward_server.engine.fingerprint import Fingerprint, fingerprint
from rubrics.rollout import Group

Prints = Mapping[str, Fingerprint]
"""The fingerprint of each rollout, by its id."""


class Share(NamedTuple):
    """Rollouts of a group that has `size` of them over all requests."""

    group: Group
    size: int
    prints: Prints

    @classmethod
    def of(cls, group: Group, size: int) -> "Share":
        """Take the fingerprints. Raises RecursionError for very deep JSON."""
        return cls(group, size, {rollout.id: fingerprint(rollout) for rollout in group})
