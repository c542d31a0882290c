"""Fleets without backends, in virtual time: what a call does on a replica is said by the test."""

import asyncio
import math
from collections.abc import Callable, Collection, Coroutine
from functools import wraps
from typing import Any, ParamSpec

from judges.backend import Backend
from judges.caller import Caller
from judges.engine.fleet import Fleet
from judges.engine.job import Answer, FleetOptions, Job
from judges.engine.limiter import Limiter
from judges.engine.replica import Replica
from tests.judges.virtual_time import simulate

Parameters = ParamSpec("Parameters")
Work = Callable[[Replica], Coroutine[None, None, Answer]]


def virtually(test: Callable[Parameters, Coroutine[None, None, None]]) -> Callable[Parameters, None]:
    """Run a test in virtual time; nothing may go wrong behind its back."""

    @wraps(test)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        unhandled: list[dict[str, Any]] = []

        async def watched() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
            await test(*args, **kwargs)

        simulate(watched())
        assert not unhandled

    return run


def nowhere() -> Backend:
    raise AssertionError("no backend is opened here")


class Fixed(Limiter):
    """A limit that stays, and latencies that the test says."""

    def __init__(self, limit: int, latencies: float | None = None) -> None:
        super().__init__(limit)
        self.limit = limit
        self.latencies = latencies
        self.under_pressure = False

    @property
    def congested(self) -> bool:
        return self.under_pressure

    def quantile(self, q: float) -> float | None:  # noqa: ARG002
        return self.latencies

    def ended(self, seconds: float, in_flight: int) -> None: ...

    def overloaded(self) -> None: ...


def fleet_of(*names: str, slots: int | None = None, limits: FleetOptions | None = None) -> Fleet:
    """A fleet whose replicas have so many `slots`, or as many as their limiters find out."""
    fleet = Fleet(dict.fromkeys(names, nowhere), limits)
    if slots is not None:
        for replica in fleet.replicas:
            replica.limiter = Fixed(slots)
    return fleet


def job(
    work: Work[Answer], caller: Caller | None = None, route: bytes = b"", *, size: int = 0, tokens: int = 0
) -> Job[Answer]:
    return Job(work, caller or Caller(math.inf), route, size=size, tokens=tokens)


def lasting(seconds: float) -> Work[str]:
    """A call that takes so long and answers with the replica's name."""

    async def work(replica: Replica) -> str:
        await asyncio.sleep(seconds)
        return replica.name

    return work


def now() -> float:
    return asyncio.get_running_loop().time()


async def soon() -> None:
    """Let everything happen that needs no time."""
    for _ in range(10):
        await asyncio.sleep(0)


def named(fleet: Fleet, name: str) -> Replica:
    return next(replica for replica in fleet.replicas if replica.name == name)


async def cancelled(tasks: Collection[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
