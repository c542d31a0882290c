"""Looks after a fleet while it is in use: ejects bad replicas, sends canaries to them, finds new ones."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine
from statistics import median
from typing import Protocol

from judges import clock
from judges.backend import Endpoints
from judges.engine.alarm import Alarm
from judges.engine.ejection import CONNECT_S, SLOWER, Sign, ejections, pardons
from judges.engine.fleet import Fleet
from judges.engine.replica import Replica

ROUND_S = 0.5
"""Seconds between two looks."""
AWAKE_S = 60.0
"""It looks on for this long after the last call began, and while any is under way."""
DISCOVERY_S = 10.0
"""Seconds between two looks at who the replicas are."""

Canary = Callable[[Replica], Awaitable[float | None]]
"""Asks a replica questions with known answers: the seconds of the slowest, None where it is not fit."""


class Witness(Protocol):
    """Told what the watch does. Must not block."""

    def ejected(self, replica: str, why: str) -> None:
        """Note that a replica gets no more calls."""

    def recovered(self, replica: str) -> None:
        """Note that an ejected replica gets calls again."""

    def hedged(self) -> None:
        """Count a call made a second time because it was slow."""


class Watch:
    """Wakes with the first call and sleeps a minute after the last."""

    def __init__(
        self,
        fleet: Fleet,
        canary: Canary,
        witness: Witness,
        discover: Callable[[], Awaitable[Endpoints | None]] | None = None,
    ) -> None:
        self._fleet = fleet
        self._canary = canary
        self._witness = witness
        self._discover = discover
        self._last_call = self._discovered = clock.now()
        self._round = Alarm()
        self._alert = Alarm()
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked: set[Replica] = set()

    # -- what the fleet tells ------------------------------------------------------------------------

    def busy(self) -> None:
        """See to it that somebody looks."""
        self._last_call = clock.now()
        self._round.set(ROUND_S, self._look)

    def failed(self) -> None:
        """Look soon: a dead replica fails many calls in half a second."""
        if len(self._fleet.replicas) > 1:
            self._alert.set(0.0, self._review)

    def hedged(self) -> None:
        """Pass it on."""
        self._witness.hedged()

    async def aclose(self) -> None:
        """Stop looking."""
        self._round.stop()
        self._alert.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- what it does --------------------------------------------------------------------------------

    def _look(self) -> None:
        self._review()
        for replica in self._fleet.replicas:
            if replica.health.canary_due and replica not in self._asked:
                self._asked.add(replica)
                self._spawn(self._examine(replica))
        if self._discover is not None and clock.now() - self._discovered > DISCOVERY_S:
            self._discovered = math.inf  # one at a time
            self._spawn(self._meet(self._discover))
        if clock.now() - self._last_call < AWAKE_S or any(replica.calls for replica in self._fleet.replicas):
            self._round.set(ROUND_S, self._look)

    def _review(self) -> None:
        replicas = self._fleet.replicas
        signs = [Sign(replica.health, replica.silent_s) for replica in replicas]
        for index in pardons(signs):
            replicas[index].health.pardon()
            self._back(replicas[index])
        for ejection in ejections(signs):
            replica = replicas[ejection.index]
            replica.health.eject(ejection.reason, min(ejection.answer_within_s, self._bearable_s(replica)))
            self._witness.ejected(replica.name, ejection.reason)
            self._fleet.desert(replica)

    def _bearable_s(self, replica: Replica) -> float:
        """Seconds within which a canary must be answered: who fails by being overtaken may just be slow."""
        others = [other.typical_s for other in self._fleet.replicas if other is not replica and other.alive]
        known = [seconds for seconds in others if seconds > 0]
        return max(CONNECT_S, SLOWER * median(known)) if known else math.inf

    async def _examine(self, replica: Replica) -> None:
        was_out = replica.health.state == "ejected"
        try:
            seconds = await self._canary(replica)
        except Exception:  # noqa: BLE001 - whatever it is, the replica has not answered
            seconds = None
        finally:
            self._asked.discard(replica)
        replica.health.canary(seconds is not None, seconds or 0.0)
        if was_out and replica.health.state == "healthy":
            self._back(replica)

    def _back(self, replica: Replica) -> None:
        self._witness.recovered(replica.name)
        self._fleet.slots.pump_all()

    async def _meet(self, discover: Callable[[], Awaitable[Endpoints | None]]) -> None:
        try:
            found = await discover()
        except Exception:  # noqa: BLE001 - whoever knows the names is away; the replicas may well be there
            found = None
        finally:
            self._discovered = clock.now()
        if found and found.keys() != {replica.name for replica in self._fleet.replicas}:
            self._fleet.change(found)
        await self._fleet.close_gone(self._asked)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
