"""Which replica each group is on. A group stays where it is while any of its calls is under way."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from judges.engine.routing import Routing

if TYPE_CHECKING:
    from judges.engine.replica import Replica


class Homes:
    """Assigns groups to replicas and counts their calls."""

    def __init__(self, replicas: Sequence["Replica"]) -> None:
        self._homes: dict[bytes, Replica] = {}
        self._calls: dict[bytes, int] = {}
        self.replicas: Sequence[Replica] = ()
        self.change(replicas)

    def change(self, replicas: Sequence["Replica"]) -> None:
        """Use these replicas from now on."""
        self.replicas = replicas
        self._routing = Routing([replica.name for replica in replicas])

    def enter(self, route: bytes) -> None:
        """Count a call that begins."""
        self._calls[route] = self._calls.get(route, 0) + 1

    def leave(self, route: bytes) -> None:
        """Count a call that is over; the last one frees its group to go elsewhere."""
        left = self._calls[route] - 1
        if left:
            self._calls[route] = left
        else:
            del self._calls[route]
            self._homes.pop(route, None)

    def move(self, route: bytes, replica: "Replica") -> None:
        """Put a group on another replica."""
        if route and route in self._calls:
            self._homes[route] = replica

    def find(self, route: bytes, avoid: Collection["Replica"] = ()) -> "Replica":
        """The replica for a call of the group; one outside of `avoid` where there is any."""
        if len(self.replicas) == 1:
            return self.replicas[0]
        home = self._homes.get(route)
        if home is not None and home.alive and home not in avoid:
            return home
        chosen = self.replicas[self._routing.assign(route, self._loads(), self._open_to(avoid))]
        if not avoid and route:
            self._homes[route] = chosen
        return chosen

    def _open_to(self, avoid: Collection["Replica"]) -> list[bool]:
        alive = [replica.alive for replica in self.replicas]
        fresh = [lives and r not in avoid for lives, r in zip(alive, self.replicas, strict=True)]
        return fresh if any(fresh) else alive

    def _loads(self) -> list[float]:
        """Calls on each replica; those of a slow one weigh more."""
        typical = [replica.typical_s for replica in self.replicas]
        known = [seconds for seconds in typical if seconds > 0]
        mean = sum(known) / len(known) if known else 1.0
        return [
            replica.calls * (seconds / mean if seconds > 0 else 1.0)
            for replica, seconds in zip(self.replicas, typical, strict=True)
        ]
