"""A permit or an immediate refusal: requests under way are bounded by count and by bytes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from reward_server.limits import Limits
from reward_server.wire.status import RequestError

RETRY_AFTER_S = 1


class Permit:
    """One request's place, and the bytes it is charged for."""

    def __init__(self, admission: "Admission") -> None:
        self._admission = admission
        self._bytes = 0

    def cover(self, size: int) -> None:
        """Be charged for at least `size` bytes. Raises RequestError when there is no room for them."""
        if size > self._bytes:
            self._admission.charge(size - self._bytes)
            self._bytes = size

    def release(self) -> None:
        """Give the bytes back."""
        self._admission.bytes -= self._bytes


class Admission:
    """Counts what is under way. Single-threaded, as the event loop is."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.requests = 0
        self.bytes = 0
        self.draining = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._readers: set[asyncio.Task[object]] = set()

    @contextmanager
    def permit(self, size: int) -> Iterator[Permit]:
        """Hold a place for a request of at least `size` bytes. Raises RequestError when full or draining."""
        if self.draining:
            raise draining()
        if self.requests >= self._limits.max_requests:
            raise _full(f"{self.requests:,} requests are under way")
        self.requests += 1
        self._idle.clear()
        permit = Permit(self)
        try:
            permit.cover(size)
            yield permit
        finally:
            permit.release()
            self.requests -= 1
            if not self.requests:
                self._idle.set()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Stand around the reading of a body, which takes its client's own time: `stop_reading` ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._readers.add(task)
        try:
            yield
        finally:
            self._readers.discard(task)

    def stop_reading(self) -> None:
        """Give up on every request whose body is not here yet."""
        for task in self._readers:
            task.cancel()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        await self._idle.wait()

    def charge(self, size: int) -> None:
        """Add bytes that are under way. A request that is alone always fits."""
        if self.requests > 1 and self.bytes + size > self._limits.max_bytes:
            raise _full(f"{self.bytes:,} bytes are under way")
        self.bytes += size


def draining() -> RequestError:
    """Say that no new work is taken."""
    message, hint = "the server is shutting down", "send it to another replica"
    return RequestError("draining", message, hint=hint, retry_after_s=RETRY_AFTER_S)


def _full(found: str) -> RequestError:
    hint = "try again after Retry-After"
    return RequestError("overloaded", f"full: {found}", hint=hint, retry_after_s=RETRY_AFTER_S)
