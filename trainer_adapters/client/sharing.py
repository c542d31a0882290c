"""One request for all component functions that are called with the same batch."""

import asyncio
import contextlib
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from trainer_adapters.client.scores import Scores

KEPT = 8
"""Batches that are remembered for functions that ask one after the other, as some trainers do."""


class _Left(Exception):
    """The function that asked was cancelled."""


@dataclass
class _Asked:
    """A request that was made for the first function that asked."""

    answer: "Future[Scores]" = field(default_factory=Future)
    names: set[str] = field(default_factory=set)
    """The functions that have been given it."""


class Sharing:
    """Answers that several functions share, each function once: asking again is a new request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[object, _Asked] = OrderedDict()

    async def share(self, name: str, batch: object, ask: Callable[[], Awaitable[Scores]]) -> Scores:
        """Answer a function: with what another of the same batch was answered, else by asking."""
        asked, first = self._enter(name, batch)
        if first:
            return await self._ask(batch, asked, ask)
        with contextlib.suppress(_Left):
            return await asyncio.wrap_future(asked.answer)
        return await self.share(name, batch, ask)

    async def _ask(self, batch: object, asked: _Asked, ask: Callable[[], Awaitable[Scores]]) -> Scores:
        try:
            scores = await ask()
        except BaseException as error:
            self._forget(batch, asked)
            asked.answer.set_exception(error if isinstance(error, Exception) else _Left())
            raise
        asked.answer.set_result(scores)
        return scores

    def _enter(self, name: str, batch: object) -> tuple[_Asked, bool]:
        with self._lock:
            asked = self._asked.get(batch)
            if asked is not None and name not in asked.names:
                asked.names.add(name)
                return asked, False
            asked = self._asked[batch] = _Asked(names={name})
            # Running: a follower that is cancelled must not cancel the others' answer.
            asked.answer.set_running_or_notify_cancel()
            self._asked.move_to_end(batch)
            while len(self._asked) > KEPT:
                self._asked.popitem(last=False)
            return asked, True

    def _forget(self, batch: object, asked: _Asked) -> None:
        with self._lock:
            if self._asked.get(batch) is asked:
                del self._asked[batch]
