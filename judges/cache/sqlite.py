"""A store in one SQLite file on this machine, shared by all processes that name it."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from functools import partial

from judges.cache.sqlite_file import SqliteFile
from judges.cache.worker import Worker

BOUND_S = 0.5
"""A disk may be busy, and so may we be, which keeps the file's thread waiting. A judge takes longer."""
_CLOSE_S = 2.0


class SqliteStore:
    """The file, on a thread of its own, because a disk blocks."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._worker = Worker("gavel-verdict-cache")

    async def fetch(self, names: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return await self._worker.run(partial(self._file.read, names))

    async def save(self, entries: Mapping[bytes, bytes]) -> None:
        await self._worker.run(partial(self._file.write, entries))

    async def aclose(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await self._worker.run(self._file.close)
        self._worker.stop()
