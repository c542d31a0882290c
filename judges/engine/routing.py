"""Which replica a group's calls go to, so that the group's prompt prefix is computed once.

Rendezvous hashing (Thaler and Ravishankar, 1998) with bounded loads (Mirrokni, Thorup and Zadimoghaddam,
2016): each route ranks all replicas by hash and takes the first that is not overloaded. When a replica comes
or goes, only its own routes move.
"""

from collections.abc import Sequence
from hashlib import blake2b

BOUND = 1.25
"""No replica is given work beyond this many times the average."""


class Routing:
    """Assigns routes to replicas. Remembers nothing: keeping a group where it is belongs to the caller."""

    def __init__(self, names: Sequence[str]) -> None:
        self._keys = [blake2b(name.encode(), digest_size=32).digest() for name in names]

    def assign(self, route: bytes, loads: Sequence[float], alive: Sequence[bool], slack: float = 1.0) -> int:
        """Choose a replica, by its index, for a group that is not on one yet.

        `loads` is the work queued and in flight on each replica, in any unit (calls, seconds), and `slack` a
        load in that unit below which balance does not matter. An empty route goes to the least loaded. Where
        none is alive, all are eligible.
        """
        eligible = [index for index, lives in enumerate(alive) if lives] or list(range(len(self._keys)))
        if not route:
            return min(eligible, key=lambda index: loads[index])
        bound = BOUND * sum(loads[index] for index in eligible) / len(eligible)
        open_to_more = [index for index in eligible if loads[index] <= bound + slack]
        return max(open_to_more, key=lambda index: self._rank(index, route))

    def _rank(self, index: int, route: bytes) -> bytes:
        return blake2b(route, key=self._keys[index], digest_size=8).digest()
