"""One endpoint of a judge: its backend, its queue, and how much of what it bears is in use."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from judges import clock
from judges.backend import Backend
from judges.engine.alarm import Alarm
from judges.engine.health import Health
from judges.engine.limiter import Limiter
from judges.engine.queue import Queue
from judges.engine.rates import Rates
from judges.judge_status import ReplicaStatus

if TYPE_CHECKING:
    from judges.engine.race import Race


UNKNOWN_S = 1.0
"""What a call is taken to last where nothing is known yet."""


class Replica:
    """State only; the fleet decides. Compared by identity."""

    def __init__(
        self, name: str, open_: Callable[[], Backend], limiter: Limiter, rates: Rates | None = None
    ) -> None:
        self.name = name
        self._open = open_
        self._backend: Backend | None = None
        self.limiter = limiter
        self.rates = rates
        self.health = Health(clock.now)
        self.queue = Queue()
        self.in_flight = 0
        self.races: dict[Race[Any], float] = {}
        """The calls under way, oldest first, each with its start."""
        self.paused_until = -1.0
        """It asked to be left alone until then (`Retry-After`)."""
        self.last_reply = -1.0
        """When it last answered, on the monotonic clock."""
        self._opening = Alarm()
        self.leaving = False
        """Whether its name no longer leads here."""

    @property
    def backend(self) -> Backend:
        """The backend, opened at its first use. Raises ConfigError."""
        if self._backend is None:
            self._backend = self._open()
        return self._backend

    @property
    def alive(self) -> bool:
        """Whether calls are sent here."""
        return self.health.state == "healthy" and not self.leaving

    @property
    def has_room(self) -> bool:
        """Whether one more call may begin."""
        return self.in_flight < self.limiter.limit and self.alive and self.opens_in_s <= 0

    @property
    def opens_in_s(self) -> float:
        """Seconds until its rate limits and its own wishes allow a call; 0 or less: now."""
        wait = self.paused_until - clock.now()
        return wait if self.rates is None else max(wait, self.rates.wait_s(tokens=1))

    @property
    def calls(self) -> int:
        """Calls in line and in flight."""
        return len(self.queue) + self.in_flight

    @property
    def wait_s(self) -> float:
        """About how long the last call in line will take, waiting included; 0 where none waits."""
        if not len(self.queue):
            return 0.0
        typical = self.typical_s or UNKNOWN_S
        return max(0.0, self.opens_in_s) + typical * (1 + len(self.queue) / self.limiter.limit)

    @property
    def typical_s(self) -> float:
        """Median seconds of its latest replies; 0 while there are too few."""
        known = self.health.typical()
        return known[0] if known else 0.0

    @property
    def silent_s(self) -> float:
        """Seconds since its last reply or since its oldest call began, the lesser; 0 without a call."""
        if not self.races:
            return 0.0
        return clock.now() - max(self.last_reply, next(iter(self.races.values())))

    def begin(self, tokens: int) -> None:
        """Take a slot for a call of about so many tokens."""
        self.in_flight += 1
        if self.rates is not None:
            self.rates.spend(tokens)

    def pump_later(self, seconds: float, pump: "Callable[[Replica], None]") -> None:
        """Call `pump` when it opens; once, however often it is asked for."""
        self._opening.set(seconds, partial(pump, self))

    async def aclose(self) -> None:
        """Close the backend if it was opened."""
        if self._backend is not None:
            await self._backend.aclose()

    def status(self) -> ReplicaStatus:
        """What can be told about it."""
        return ReplicaStatus(
            name=self.name,
            state="leaving" if self.leaving else self.health.state,
            reason=self.health.reason,
            limit=self.limiter.limit,
            in_flight=self.in_flight,
            waiting=len(self.queue),
            median_s=self.limiter.quantile(0.5),
        )
