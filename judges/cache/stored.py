"""A verdict cache over any store of bytes: sealed entries, lookups and writes in batches, never a worry."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from judges.cache.breaker import Breaker, Notice
from judges.cache.entry import name_of, seal, unseal
from judges.cache.lookups import Lookups
from judges.cache.writes import Writes
from rubrics.verdict import Reading


class Store(Protocol):
    """Keeps entries of up to 4 KB by names of 16 bytes. May raise, fail, lie and take its time."""

    async def fetch(self, names: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """The entries that are there. Called again only when this has ended."""

    async def save(self, entries: Mapping[bytes, bytes]) -> None:
        """Store these, in place of older ones. Called again only when this has ended."""

    async def aclose(self) -> None:
        """Let go of files and connections."""


class Stored:
    """The readings that a store keeps. `store` is the name to call it by in the log."""

    def __init__(
        self, keeper: Store, store: str, bound_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keeper = keeper
        notice = Notice(store)
        self._lookups = Lookups(keeper.fetch, bound_s, Breaker(notice, clock))
        self._writes = Writes(keeper.save, Breaker(notice, clock))

    async def get(self, key: bytes) -> Reading | None:
        entry = await self._lookups.get(name_of(key))
        return None if entry is None else unseal(key, entry)

    def put(self, key: bytes, reading: Reading) -> None:
        entry = seal(key, reading)
        if entry is not None:
            self._writes.put(name_of(key), entry)

    async def aclose(self) -> None:
        await self._lookups.aclose()
        await self._writes.aclose()
        await self._keeper.aclose()
