"""The client for any thread and any event loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, TypeVar

from trainer_adapters.client.async_gavel import AsyncGavel
from trainer_adapters.client.batches import Rollout
from trainer_adapters.client.loop import BackgroundLoop, background
from trainer_adapters.client.scores import Description, GroupMean, Result, Scores
from trainer_adapters.client.settings import Settings

__all__ = ["AsyncGavel", "Gavel", "shared"]

T = TypeVar("T")


class Gavel:
    """Plain functions for any thread, and their awaitable forms (`a...`) for any event loop.

    All network is on the one background loop of the process, so calls from different threads and loops share
    connections and requests. A fork's child starts afresh; pickling carries the settings. Raises what
    AsyncGavel raises.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.of()
        self._renew()

    def score(
        self,
        rollouts: Sequence[Rollout],
        detail: str = "components",
        *,
        run: str | None = None,
        step: int | None = None,
    ) -> Scores:
        """Score rollouts of one step by the deadline; `run` and `step` are for the server's store."""
        return self._run(self._inner().score(rollouts, detail, run=run, step=step))

    async def ascore(
        self,
        rollouts: Sequence[Rollout],
        detail: str = "components",
        *,
        run: str | None = None,
        step: int | None = None,
    ) -> Scores:
        """Score rollouts of one step by the deadline; `run` and `step` are for the server's store."""
        return await self._hand_over(self._inner().score(rollouts, detail, run=run, step=step))

    def join(self, rollout: Rollout, *, run: str | None = None, step: int | None = None) -> Result:
        """Score one rollout, in a request that it shares with others of its step and the same moment."""
        return background().wait(self._inner().hand_in(rollout, background().events, run, step))

    async def ajoin(self, rollout: Rollout, *, run: str | None = None, step: int | None = None) -> Result:
        """Score one rollout, in a request that it shares with others of its step and the same moment."""
        return await asyncio.wrap_future(self._inner().hand_in(rollout, background().events, run, step))

    def describe(self) -> Description:
        """What the reward function computes; asked once."""
        return self._run(self._inner().describe())

    async def adescribe(self) -> Description:
        """What the reward function computes; asked once."""
        return await self._hand_over(self._inner().describe())

    def group(self, id: str, wait_s: float = 30.0) -> GroupMean:  # noqa: A002 - the API's own word
        """Ask for the means of a group that was sent with its size."""
        return self._run(self._inner().group(id, wait_s))

    async def agroup(self, id: str, wait_s: float = 30.0) -> GroupMean:  # noqa: A002
        """Ask for the means of a group that was sent with its size."""
        return await self._hand_over(self._inner().group(id, wait_s))

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._run(self._inner().aclose())

    def __enter__(self) -> Gavel:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        return Gavel, (self.settings,)

    def _inner(self) -> AsyncGavel:
        if self._process != os.getpid():
            self._renew()
        return self._client

    def _renew(self) -> None:
        self._process = os.getpid()
        self._client = AsyncGavel(self.settings)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop_for(work).run(work)

    async def _hand_over(self, work: Coroutine[Any, Any, T]) -> T:
        future: concurrent.futures.Future[T] = self._loop_for(work).submit(work)
        return await asyncio.wrap_future(future)

    def _loop_for(self, work: Coroutine[Any, Any, T]) -> BackgroundLoop:
        try:
            return background()
        except BaseException:
            work.close()
            raise


class _Shared:
    """The clients of this process, by settings."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clients: dict[Settings, Gavel] = {}


_shared = _Shared()


def shared(settings: Settings | None = None) -> Gavel:
    """Get the one client of this process for these settings; of the environment's, where none are given."""
    wanted = settings or Settings.of()
    with _shared.lock:
        if wanted not in _shared.clients:
            _shared.clients[wanted] = Gavel(wanted)
        return _shared.clients[wanted]


def _forget() -> None:
    """In a forked child the parent's clients are no use, and its lock may be held for ever."""
    global _shared  # noqa: PLW0603 - one for each process is the point
    _shared = _Shared()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
