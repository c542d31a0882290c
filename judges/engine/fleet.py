"""Calls on their way to replicas: attempts, second attempts at slow ones, and what is learnt from each.

A call that is slow is made a second time, elsewhere where there is another replica; a replica that is
ejected loses its calls to the others.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Any, Protocol

from judges import clock
from judges.backend import Backend, BackendError, Endpoints
from judges.engine.hedging import PERCENTILE, Hedging, trigger_s
from judges.engine.job import Answer, FleetOptions, Job
from judges.engine.limiter import Limiter
from judges.engine.queue import URGENT
from judges.engine.race import Race
from judges.engine.rates import Rates
from judges.engine.replica import Replica
from judges.engine.slots import Slots
from rubrics.cause import Cause

LONGEST_PAUSE_S = 5.0
"""A replica that asks to be left alone (`Retry-After`) is, for this long at most; a call waits the whole."""
OVERLOAD = frozenset({Cause.JUDGE_RATE_LIMITED, Cause.JUDGE_TIMEOUT})


class Watcher(Protocol):
    """Told what happens, for ejections and recoveries (`watch.py`) and for metrics."""

    def busy(self) -> None:
        """A call begins."""

    def failed(self) -> None:
        """An attempt failed or was overtaken."""

    def hedged(self) -> None:
        """A slow call is made a second time."""


class Unwatched:
    """Nobody is told."""

    def busy(self) -> None: ...

    def failed(self) -> None: ...

    def hedged(self) -> None: ...


class Fleet:
    """The replicas of one judge."""

    def __init__(self, endpoints: Endpoints, options: FleetOptions | None = None) -> None:
        self._options = options or FleetOptions()
        self.replicas = [self._replica(name, open_) for name, open_ in endpoints.items()]
        self.slots = Slots(self.replicas, self._options)
        self.watcher: Watcher = Unwatched()
        self._hedging = Hedging()
        self._gone: list[Replica] = []

    def change(self, endpoints: Endpoints) -> None:
        """Let these be the replicas from now on; the calls of those that are gone go to the others."""
        known = {replica.name: replica for replica in self.replicas}
        self.replicas = [known.get(name) or self._replica(name, open_) for name, open_ in endpoints.items()]
        self.slots.homes.change(self.replicas)
        leaving = [replica for replica in known.values() if replica.name not in endpoints]
        for replica in leaving:
            replica.leaving = True
        self._gone += leaving
        for replica in leaving:
            self.desert(replica)
        self.slots.pump_all()

    async def close_gone(self, in_use: Collection[Replica] = ()) -> None:
        """Close the replicas that are gone and have no calls any more, except for those `in_use`."""
        for replica in [replica for replica in self._gone if not replica.calls and replica not in in_use]:
            self._gone.remove(replica)
            await replica.aclose()

    def desert(self, replica: Replica) -> None:
        """Send a replica's calls to the others: those in line, and those in flight a second time."""
        self.slots.scatter(replica)
        if any(other.alive for other in self.replicas):
            for race in list(replica.races):
                race.start_second()

    async def run(self, job: Job[Answer], avoid: Collection[Replica] = ()) -> Answer:
        """Make the call on a replica, outside of `avoid` where there is one. Raises BackendError."""
        self.watcher.busy()
        self._hedging.earn()
        self.slots.homes.enter(job.route)
        try:
            replica = await self.slots.take(job, avoid, job.caller.turn(job.route))
            return await self._race(replica, job, avoid)
        finally:
            self.slots.homes.leave(job.route)

    async def aclose(self) -> None:
        """Close every replica."""
        for replica in [*self.replicas, *self._gone]:
            await replica.aclose()

    def _replica(self, name: str, open_: Callable[[], Backend]) -> Replica:
        options = self._options
        limits = (options.requests_per_minute, options.tokens_per_minute)
        rates = None if limits == (None, None) else Rates(*limits, clock.now)
        return Replica(name, open_, Limiter(options.ceiling, clock.now), rates)

    # -- one call ------------------------------------------------------------------------------------

    async def _race(self, replica: Replica, job: Job[Answer], avoid: Collection[Replica]) -> Answer:
        race: Race[Answer] = Race(lambda: self._second(job, {replica, *avoid}))
        replica.races[race] = clock.now()
        timer = self._arm(replica, race, job)
        try:
            return await race.run(lambda: self._attempt(replica, job, race))
        finally:
            if timer is not None:
                timer.cancel()
            del replica.races[race]

    async def _second(self, job: Job[Answer], avoid: Collection[Replica]) -> Answer:
        return await self._attempt(await self.slots.take(job, avoid, URGENT), job)

    async def _attempt(self, replica: Replica, job: Job[Answer], race: Race[Answer] | None = None) -> Answer:
        """Use the slot that was taken, and give it back."""
        started = clock.now()
        job.caller.tally.calls += 1
        try:
            answer = await job.work(replica)
        except BackendError as error:
            self._failed(replica, job, error)
            raise
        except asyncio.CancelledError:
            if race is not None and race.overtaken:
                replica.health.failed(Cause.JUDGE_TIMEOUT, job.text)
                self.watcher.failed()
            raise
        else:
            self._succeeded(replica, clock.now() - started)
            return answer
        finally:
            self.slots.give_back(replica, job.caller)

    def _succeeded(self, replica: Replica, seconds: float) -> None:
        replica.last_reply = clock.now()
        replica.limiter.ended(seconds, replica.in_flight)
        replica.health.succeeded(seconds, replica.in_flight)

    def _failed(self, replica: Replica, job: Job[Any], error: BackendError) -> None:
        replica.health.failed(error.cause, job.text)
        if error.cause in OVERLOAD or error.retry_after is not None:
            replica.limiter.overloaded()
        if error.retry_after is not None:
            pause = min(error.retry_after, LONGEST_PAUSE_S)
            replica.paused_until = max(replica.paused_until, clock.now() + pause)
        self.watcher.failed()

    # -- hedging -------------------------------------------------------------------------------------

    def _arm(self, replica: Replica, race: Race[Answer], job: Job[Answer]) -> asyncio.TimerHandle | None:
        limiter = replica.limiter
        seconds = trigger_s(limiter.quantile(0.5), limiter.quantile(PERCENTILE))
        if seconds is None or not self._options.hedged:
            return None
        return asyncio.get_running_loop().call_later(seconds, self._hedge, seconds, replica, race, job)

    def _hedge(self, seconds: float, replica: Replica, race: Race[Answer], job: Job[Answer]) -> None:
        """Make a slow call a second time, or look again later where the fleet is under pressure now."""
        if not race.alone:
            return
        if self._under_pressure(job, replica) or not self._hedging.spend():
            asyncio.get_running_loop().call_later(seconds, self._hedge, 2 * seconds, replica, race, job)
            return
        job.caller.tally.hedged += 1
        self.watcher.hedged()
        race.start_second()

    def _under_pressure(self, job: Job[Any], replica: Replica) -> bool:
        target = self.slots.homes.find(job.route, {replica})
        # What the limiter knows is of its last replies: it may be less busy by now, as at the end of a step.
        congested = target.limiter.congested and target.in_flight > target.limiter.limit // 2
        return congested or not target.has_room or len(target.queue) > 0
