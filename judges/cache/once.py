"""Calls that are alike and in flight at the same time are one call.

The first to ask leads: it makes the call in its own task, which costs nothing over making it alone. The
others follow: they wait for what it brings, failures included, each for as long as its own caller lets it.
A leader that is cancelled, or whose deadline passes, has not asked for anyone else: the next follower leads.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from judges.backend_error import BackendError
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading

Answer = Reading | Unscored
Make = Callable[[], Awaitable[Answer]]

Brought = TypeVar("Brought")


class Calls(Generic[Brought]):
    """Makes calls, each kind one at a time."""

    def __init__(self) -> None:
        self._followers: dict[bytes, deque[asyncio.Future[Brought | Exception | None]]] = {}
        # How a call ended; None when the one who made it gave up.

    def __contains__(self, key: bytes) -> bool:
        """Whether such a call is in flight."""
        return key in self._followers

    async def __call__(self, key: bytes, make: Callable[[], Awaitable[Brought]]) -> Brought:
        """The answer to the call `key`, from one in flight or else from `make`. Raises what `make` raises."""
        if key in self._followers:
            end = await self._follow(key)
            if isinstance(end, Exception):
                raise end
            if end is not None:
                return end
        else:
            self._followers[key] = deque()
        return await self._lead(key, make)

    async def _lead(self, key: bytes, make: Callable[[], Awaitable[Brought]]) -> Brought:
        end: Brought | Exception | None = None
        try:
            end = answer = await make()
        except Exception as error:
            end = error
            raise
        else:
            return answer
        finally:
            self._over(key, end)

    async def _follow(self, key: bytes) -> Brought | Exception | None:
        turn: asyncio.Future[Brought | Exception | None] = asyncio.get_running_loop().create_future()
        self._followers[key].append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.result() is None:  # it became ours to lead, and we are leaving
                self._hand_over(key)
            raise

    def _over(self, key: bytes, end: Brought | Exception | None) -> None:
        if end is None or _too_late(end):
            self._hand_over(key)
            return
        for turn in self._followers.pop(key):
            if not turn.done():
                turn.set_result(end)

    def _hand_over(self, key: bytes) -> None:
        followers = self._followers[key]
        while followers:
            turn = followers.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._followers[key]


def _too_late(end: object) -> bool:
    return isinstance(end, Unscored | BackendError) and end.cause is Cause.DEADLINE


class Once(Calls[Reading | Unscored]):
    """Questions to a judge, each kind one at a time."""
