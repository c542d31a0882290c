"""The one retry layer: which failed attempts are made again, and when.

At most three attempts, full jitter, `Retry-After` honoured up to the deadline, and a budget, so that a
judge in trouble is not asked ever more. tenacity counts and waits; it is entered only after a first
failure, because building it costs more than a healthy call does on our side.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from judges import clock as clocks
from judges.backend import BackendError
from judges.clock import Clock
from judges.deadline import remaining
from rubrics.cause import Cause

if TYPE_CHECKING:
    from tenacity import RetryCallState

Answer = TypeVar("Answer")

ONCE_AGAIN = frozenset({Cause.JUDGE_GARBLED, Cause.JUDGE_REFUSED})
"""Replies that cannot be used are asked for once more; a third time would only buy the same."""

APPOINTMENT_S = 1.0
"""A `Retry-After` from this on spaces retries out by itself, so that they cost nothing of the budget."""
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 8.0
PATIENCE_S = 120.0
"""A server that asks for a longer wait than this is not waited for, even without a deadline."""

Sleep = Callable[[float], Awaitable[None]]
Attempt = Callable[[], Awaitable[Answer]]


class Budget:
    """Retries in stock: each call adds a tenth, each second ten while fewer than a hundred are left."""

    SHARE, PER_SECOND, RESERVE, MOST = 0.1, 10.0, 100.0, 1000.0

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or clocks.now
        self._refilled_at = self._clock()
        self._stock = self.RESERVE

    def earn(self) -> None:
        """Count one call."""
        self._stock = min(self._stock + self.SHARE, self.MOST)

    def spend(self) -> bool:
        """Take one retry out of stock; False where none is left."""
        self._refill()
        if self._stock < 1:
            return False
        self._stock -= 1
        return True

    def _refill(self) -> None:
        now = self._clock()
        if self._stock < self.RESERVE:
            self._stock = min(self.RESERVE, self._stock + (now - self._refilled_at) * self.PER_SECOND)
        self._refilled_at = now


class Retries(msgspec.Struct, frozen=True):
    """How a judge's failed attempts are repeated."""

    attempts: int = 3
    """Attempts for one call, the first included."""
    budget: Budget = msgspec.field(default_factory=Budget)
    sleep: Sleep = asyncio.sleep
    random: Callable[[], float] = random.random
    """Uniform on [0, 1)."""

    async def after(
        self, failure: BackendError, attempt: Attempt[Answer], retried: Callable[[Cause], None]
    ) -> Answer:
        """Repeat a call whose first attempt ended with `failure`. Raises the last BackendError."""
        from tenacity import AsyncRetrying, retry_if_exception

        call = _Call(failure, attempt)
        retrying = AsyncRetrying(
            retry=retry_if_exception(_retryable),
            wait=self._wait,
            stop=lambda state: (
                self._spent(state) or call.hopeless(state) or _too_late(state) or self._broke(state)
            ),
            sleep=self.sleep,
            before_sleep=lambda state: retried(_failure(state).cause),
            reraise=True,
        )
        return await retrying(call)

    def _wait(self, state: "RetryCallState") -> float:
        jitter = self.random()
        asked = _failure(state).retry_after
        if asked is not None:
            return asked + jitter * FIRST_WAIT_S
        return jitter * min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (state.attempt_number - 1))

    def _spent(self, state: "RetryCallState") -> bool:
        return state.attempt_number >= self.attempts

    def _broke(self, state: "RetryCallState") -> bool:
        # A retry that the server has given an appointment is no storm; "now" is not an appointment.
        return (_failure(state).retry_after or 0.0) < APPOINTMENT_S and not self.budget.spend()


class _Call(Generic[Answer]):
    """An attempt that can be repeated. Its first failure has already happened and is only raised again."""

    def __init__(self, failure: BackendError, attempt: Attempt[Answer]) -> None:
        self._failure: BackendError | None = failure
        self._attempt = attempt
        self._unusable = 0

    async def __call__(self) -> Answer:
        try:
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            return await self._attempt()
        except BackendError as error:
            self._unusable += error.cause in ONCE_AGAIN
            raise

    def hopeless(self, state: "RetryCallState") -> bool:
        return _failure(state).cause in ONCE_AGAIN and self._unusable > 1


def _failure(state: "RetryCallState") -> BackendError:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, BackendError)
    return error


def _retryable(error: BaseException) -> bool:
    return isinstance(error, BackendError) and error.retryable


def _too_late(state: "RetryCallState") -> bool:
    return state.upcoming_sleep >= min(remaining(), PATIENCE_S)


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Read the seconds a `Retry-After` header asks for: a number or an HTTP date (RFC 9110, 10.2.3)."""
    header = (header or "").strip()
    if header.isascii() and header.isdigit() and len(header) < 10:
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # a year may be too long for a C integer
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
