"""Calls with one rollout each, collected for a moment and sent as one request."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainer_adapters.client.batches import Rollout, check_names
from trainer_adapters.client.deadline import Deadline
from trainer_adapters.client.origin import UNKNOWN, Origin
from trainer_adapters.client.scores import Result, at_position

Score = Callable[[Sequence[Rollout], Deadline, Origin], Awaitable[list[Result]]]
Waiting = concurrent.futures.Future[Result]
Pair = tuple[Rollout, Waiting]


@dataclass
class _Collection:
    """What will be sent together: rollouts of one origin."""

    origin: Origin
    rollouts: list[Rollout] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def takes(self, id_: str | None, most: int) -> bool:
        """Whether there is room; ids are unique in a request."""
        return len(self.rollouts) < most and (id_ is None or id_ not in self.ids)

    def add(self, id_: str | None, rollout: Rollout) -> Waiting:
        self.rollouts.append(rollout)
        self.waiting.append(concurrent.futures.Future())
        if id_ is not None:
            self.ids.add(id_)
        return self.waiting[-1]


class Joiner:
    """Collects what any thread hands in for `join_s` seconds, or until there are `most`.

    Only the first of a collection wakes the event loop: waking it for each would cost more than scoring does.
    """

    def __init__(
        self,
        score: Score,
        apart: Callable[[], Awaitable[bool]],
        deadline: Callable[[], Deadline],
        join_s: float,
        most: int,
    ) -> None:
        self._score = score
        self._apart = apart
        self._deadline = deadline
        self._join_s = join_s
        self._most = most
        self._lock = threading.Lock()
        self._open: dict[Origin, _Collection] = {}

    def join(self, rollout: Rollout, loop: asyncio.AbstractEventLoop, origin: Origin = UNKNOWN) -> Waiting:
        """Hand in a rollout; the future gets its own result, or what scoring the request raises.

        Cancelling the future takes the rollout back; a request that all have left is cancelled. Raises
        Refused for an id or a group that is no text, before it gets among the others.
        """
        check_names(0, rollout)
        id_ = rollout.get("id")
        opened: _Collection | None = None
        with self._lock:
            collection = self._open.get(origin)
            if collection is None or not collection.takes(id_, self._most):
                collection = self._open[origin] = opened = _Collection(origin)
            future = collection.add(id_, rollout)
        if opened is not None:
            loop.call_soon_threadsafe(loop.call_later, self._join_s, self._send, opened)
        return future

    def _send(self, collection: _Collection) -> None:
        with self._lock:
            if self._open.get(collection.origin) is collection:
                del self._open[collection.origin]
        pairs = list(zip(collection.rollouts, collection.waiting, strict=True))
        _Request(pairs, self._scored(pairs, self._deadline(), collection.origin)).start()

    async def _scored(self, pairs: Sequence[Pair], deadline: Deadline, origin: Origin) -> None:
        """Score those who have not left, in one request or in one for each group."""
        apart = await self._apart()
        staying = [(rollout, future) for rollout, future in pairs if not future.done()]
        if apart:
            for group in _by_group(staying):
                _Request(group, self._settled(group, deadline, origin)).start()
        elif staying:
            await self._settled(staying, deadline, origin)

    async def _settled(self, pairs: Sequence[Pair], deadline: Deadline, origin: Origin) -> None:
        results = await self._score([rollout for rollout, _ in pairs], deadline, origin)
        for (rollout, future), result in zip(pairs, results, strict=True):
            _settle(future, result if rollout.get("id") is not None else at_position(result, 0))


class _Request:
    """Work on behalf of those who wait for it: cancelled when all have left, and its failure is theirs."""

    def __init__(self, pairs: Sequence[Pair], work: Coroutine[Any, Any, None]) -> None:
        self._waiting = [future for _, future in pairs]
        self._work = work
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._run())
        for future in self._waiting:
            future.add_done_callback(self._left)

    async def _run(self) -> None:
        try:
            await self._work
        except asyncio.CancelledError:
            for future in self._waiting:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            for future in self._waiting:
                _settle(future, error)

    def _left(self, future: Waiting) -> None:
        """Called in the thread of whoever cancels."""
        if future.cancelled() and all(other.cancelled() for other in self._waiting):
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                self._loop.call_soon_threadsafe(self._task.cancel)


def _by_group(pairs: Sequence[Pair]) -> Iterable[list[Pair]]:
    groups: dict[object, list[Pair]] = {}
    for position, pair in enumerate(pairs):
        group = pair[0].get("group")
        groups.setdefault(position if group is None else group, []).append(pair)
    return groups.values()


def _settle(future: Waiting, outcome: Result | Exception) -> None:
    with contextlib.suppress(concurrent.futures.InvalidStateError):  # it was cancelled just now
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
