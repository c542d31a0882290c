"""Whose turn it is at one replica. A data structure: nothing here waits.

The next call belongs to the caller with the fewest calls in flight here, the most urgent one among equals:
the one with the oldest deadline, which each granted call puts off a little. Of a caller, it belongs to the
group that began first. So callers share a replica evenly, a small request does not wait behind a big one,
and whole groups are finished early. A caller in the background has its turn where no other one waits.
"""

from asyncio import Future, get_running_loop
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any

from judges.caller import Caller

Place = Any
"""What calls wait for: a replica, which knows its queue, so that the queue knows nothing of replicas."""

URGENT = -1
"""The turn of a call that goes before all groups of its caller."""

_SPARE = 1000
"""So many entries that mean nothing any more are kept before they are swept out."""


class Waiting:
    """One call in line. `granted` is resolved with the replica that takes it."""

    __slots__ = ("at", "caller", "granted", "route", "size", "tokens", "turn")

    def __init__(self, caller: Caller, route: bytes, turn: int, size: int = 0, tokens: int = 0) -> None:
        self.caller = caller
        self.route = route
        self.turn = turn
        self.size = size
        """Bytes it keeps in memory while it waits."""
        self.tokens = tokens
        self.granted: Future[Place] = get_running_loop().create_future()
        self.at: Place = None
        """Whose queue it is in."""


class _Lane:
    """One caller's calls at one replica."""

    __slots__ = ("caller", "calls", "in_flight", "offer")

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.in_flight = 0
        self.offer = -1
        """The number of its latest offer; those before it mean nothing."""
        self.calls: list[tuple[int, int, Waiting]] = []


class Queue:
    """The calls waiting for one replica, and how many of each caller are in flight there."""

    def __init__(self) -> None:
        self._lanes: dict[Caller, _Lane] = {}
        self._next: list[tuple[int, float, int, _Lane]] = []
        self._count = count()
        self._live = 0
        self._gone = 0

    def __len__(self) -> int:
        return self._live

    def push(self, call: Waiting) -> None:
        """Put a call in line."""
        lane = self._lane(call.caller)
        heappush(lane.calls, (call.turn, next(self._count), call))
        self._live += 1
        if len(lane.calls) == 1:
            self._offer(lane)

    def pop(self) -> Waiting | None:
        """Take out the call whose turn it is and count it as started; None where no call waits."""
        while self._next:
            _, _, offer, lane = heappop(self._next)
            if offer != lane.offer:
                continue  # made before calls of this caller began or ended; a newer one exists
            call = self._take(lane)
            if call is not None:
                self.started(call.caller)
                return call
        return None

    def started(self, caller: Caller) -> None:
        """Count a call of `caller` as in flight."""
        lane = self._lane(caller)
        lane.in_flight += 1
        caller.granted()
        self._offer(lane)

    def ended(self, caller: Caller) -> None:
        """Count a call of `caller` as over."""
        lane = self._lanes[caller]
        lane.in_flight -= 1
        self._offer(lane)

    def forget(self) -> None:
        """A waiting call was cancelled: its `granted` is done. It is dropped when its turn comes, or here."""
        self._live -= 1
        self._gone += 1
        if self._gone > max(_SPARE, self._live):
            self._sweep()

    def _sweep(self) -> None:
        self._gone = 0
        for lane in list(self._lanes.values()):
            lane.calls = [entry for entry in lane.calls if not _gone(entry[2])]
            heapify(lane.calls)
            self._offer(lane)

    def drain(self) -> Iterator[Waiting]:
        """Take out every waiting call."""
        for lane in list(self._lanes.values()):
            yield from self._empty(lane, lane.calls)

    def steal(self) -> Iterator[Waiting]:
        """Take out the group that would be served last, whole, of the caller with the most calls in line.

        Of a group that is alone in line, only the later half: else both replicas would pass it to and fro.
        """
        for lane in sorted(self._lanes.values(), key=lambda lane: len(lane.calls), reverse=True):
            live = [entry for entry in lane.calls if not _gone(entry[2])]
            if live:
                last = max(entry[0] for entry in live)
                group = sorted((entry for entry in live if entry[0] == last), key=lambda entry: entry[1])
                yield from self._empty(lane, group[len(group) // 2 :] if len(group) == self._live else group)
                return

    def _empty(self, lane: _Lane, entries: list[tuple[int, int, Waiting]]) -> list[Waiting]:
        taken = {entry[1] for entry in entries}
        lane.calls = [entry for entry in lane.calls if entry[1] not in taken]
        heapify(lane.calls)
        live = [call for _, _, call in sorted(entries, key=lambda entry: entry[:2]) if not _gone(call)]
        self._live -= len(live)
        self._offer(lane)
        return live

    def _lane(self, caller: Caller) -> _Lane:
        lane = self._lanes.get(caller)
        if lane is None:
            lane = self._lanes[caller] = _Lane(caller)
        return lane

    def _offer(self, lane: _Lane) -> None:
        if lane.calls:
            lane.offer = next(self._count)
            heappush(self._next, (lane.in_flight + lane.caller.behind, lane.caller.urgency, lane.offer, lane))
            if len(self._next) > _SPARE + 2 * len(self._lanes):
                self._forget_offers()
        elif not lane.in_flight and self._lanes.get(lane.caller) is lane:
            del self._lanes[lane.caller]

    def _forget_offers(self) -> None:
        self._next = [entry for entry in self._next if entry[2] == entry[3].offer]
        heapify(self._next)

    def _take(self, lane: _Lane) -> Waiting | None:
        while lane.calls:
            _, _, call = heappop(lane.calls)
            if not _gone(call):
                self._live -= 1
                return call
        self._offer(lane)
        return None


def _gone(call: Waiting) -> bool:
    return call.granted.done()
