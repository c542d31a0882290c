"""Who may call which replica now: a slot is waited for, used, and given back.

A group's calls go to one replica, so that its prompt prefix is computed once; a replica that has nothing to
do takes over whole groups from the one that is furthest behind.
"""

import asyncio
from collections.abc import Collection, Iterable
from typing import Any

from judges import clock
from judges.backend import BackendError
from judges.caller import Caller
from judges.engine.alarm import Alarm
from judges.engine.homes import Homes
from judges.engine.job import FleetOptions, Job
from judges.engine.queue import Waiting
from judges.engine.replica import UNKNOWN_S, Replica
from rubrics.cause import Cause

IDLE_S = 0.005
"""A replica is idle this long, or half of a typical call, before it takes work from another."""
WORTH_MOVING = 2.0
"""A group moves where it would otherwise take this many times as long as a call does at its new place."""


class Slots:
    """The slots of all replicas, and the calls in line for them."""

    def __init__(self, replicas: Collection[Replica], options: FleetOptions) -> None:
        self._options = options
        self.homes = Homes(list(replicas))
        self.waiting = 0
        """Calls in line."""
        self._waiting_bytes = 0
        self._helping = Alarm()

    @property
    def full(self) -> bool:
        """Whether no more calls get in line."""
        options = self._options
        return self.waiting >= options.max_waiting or self._waiting_bytes >= options.max_waiting_bytes

    @property
    def limit(self) -> int:
        """Calls that all replicas together are given at once."""
        return sum(replica.limiter.limit for replica in self.homes.replicas if replica.alive)

    async def take(self, job: Job[Any], avoid: Collection[Replica], turn: int) -> Replica:
        """Wait for a slot on a replica, outside of `avoid` where there is one. Raises BackendError."""
        replica = self.homes.find(job.route, avoid)
        if not len(replica.queue) and replica.has_room:
            replica.queue.started(job.caller)
            replica.begin(job.tokens)
            return replica
        if self.full:
            raise BackendError(Cause.JUDGE_OVERLOADED, f"{self.waiting:,} calls are waiting for the judge")
        started = clock.now()
        try:
            return await self._wait(replica, Waiting(job.caller, job.route, turn, job.size, job.tokens))
        finally:
            job.caller.tally.queue_s += clock.now() - started

    def give_back(self, replica: Replica, caller: Caller) -> None:
        """A call is over."""
        replica.in_flight -= 1
        replica.queue.ended(caller)
        self.pump(replica)

    def pump(self, replica: Replica) -> None:
        """Grant what the replica has room for; see to it that the rest is not forgotten."""
        while replica.has_room and (call := replica.queue.pop()) is not None:
            self._left(call)
            replica.begin(call.tokens)
            call.granted.set_result(replica)
        if len(replica.queue) and not replica.alive:
            self.scatter(replica)
        elif len(replica.queue) and (wait := replica.opens_in_s) > 0:
            replica.pump_later(wait, self.pump)
        if self.waiting and len(self.homes.replicas) > 1 and not self._helping.is_set:
            self._helping.set(self._idle_s, self._help)

    def scatter(self, replica: Replica) -> None:
        """Send the calls in line at a replica to the others; where none is alive, only if it is leaving."""
        if replica.leaving or any(other.alive for other in self.homes.replicas):
            for call in replica.queue.drain():
                self._move([call], self.homes.find(call.route, {replica}))

    def pump_all(self) -> None:
        """Let the calls move on that were stuck where no replica was alive."""
        for replica in self.homes.replicas:
            self.pump(replica)

    async def _wait(self, replica: Replica, call: Waiting) -> Replica:
        self._push(replica, call)
        try:
            granted: Replica = await call.granted
        except asyncio.CancelledError:
            self._withdraw(call)
            raise
        return granted

    def _push(self, replica: Replica, call: Waiting) -> None:
        call.at = replica
        replica.queue.push(call)
        self.waiting += 1
        call.caller.joined_line()
        self._waiting_bytes += call.size
        self.pump(replica)

    def _withdraw(self, call: Waiting) -> None:
        """A call was cancelled while it waited, or in the moment it was granted."""
        if not call.granted.cancelled():
            self.give_back(call.granted.result(), call.caller)
            return
        assert call.at is not None
        call.at.queue.forget()
        self._left(call)

    def _left(self, call: Waiting) -> None:
        self.waiting -= 1
        self._waiting_bytes -= call.size
        call.caller.left_line()

    # -- work changes hands --------------------------------------------------------------------------

    @property
    def _idle_s(self) -> float:
        known = [replica.typical_s for replica in self.homes.replicas]
        return max(IDLE_S, 0.5 * min((seconds for seconds in known if seconds > 0), default=0.0))

    def _help(self) -> None:
        """Give each idle replica a group of the one that is furthest behind."""
        for idle in self.homes.replicas:
            if idle.has_room and not len(idle.queue):
                behind = max(self.homes.replicas, key=lambda replica: replica.wait_s)
                if behind.wait_s > WORTH_MOVING * (idle.typical_s or UNKNOWN_S):
                    self._move(behind.queue.steal(), idle)

    def _move(self, calls: Iterable[Waiting], replica: Replica) -> None:
        for call in calls:
            self._left(call)
            self.homes.move(call.route, replica)
            self._push(replica, call)
