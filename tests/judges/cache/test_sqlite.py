"""Promise 11 for the cache in SQLite: whatever the file is like, the caller sees a hit or a miss."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from judges.cache.sqlite import BOUND_S, SqliteStore
from judges.cache.sqlite_file import SqliteFile
from judges.cache.stored import Stored
from tests.judges.cache.known import NO, YES, key
from tests.judges.cache.test_sqlite_file import BREAKS


class Watched(SqliteFile):
    """Tells how many names each reading was for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 2**26, 86_400)
        self.reads: list[int] = []

    def read(self, names: Sequence[bytes]) -> dict[bytes, bytes]:
        self.reads.append(len(names))
        return super().read(names)


def cached(path: Path) -> Stored:
    return Stored(SqliteStore(SqliteFile(path, 2**26, 86_400)), "sqlite", BOUND_S)


async def test_what_one_process_puts_the_next_one_gets(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.sqlite3"
    cache = cached(path)
    cache.put(key(1), YES)
    cache.put(key(2), NO)
    await cache.aclose()
    cache = cached(path)
    assert [await cache.get(key(number)) for number in (1, 2, 3)] == [YES, NO, None]
    await cache.aclose()


async def test_lookups_that_pile_up_are_few_readings(tmp_path: Path) -> None:
    file = Watched(tmp_path / "verdicts.sqlite3")
    cache = Stored(SqliteStore(file), "sqlite", 60.0)
    assert await asyncio.gather(*(cache.get(key(number)) for number in range(1000))) == [None] * 1000
    assert file.reads == [1000]
    await cache.aclose()


async def test_p23_neither_text_nor_key_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.sqlite3"
    cache = cached(path)
    cache.put(key(1), YES)
    await cache.aclose()
    assert key(1)[:16] in path.read_bytes()
    assert key(1)[16:] not in path.read_bytes()


async def test_p10_entries_that_someone_exchanged_are_misses(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.sqlite3"
    cache = cached(path)
    cache.put(key(1), YES)
    cache.put(key(2), NO)
    await cache.aclose()
    with sqlite3.connect(path) as db:
        (first,), (second,) = db.execute("SELECT entry FROM verdicts_0").fetchall()
        exchange = "UPDATE verdicts_0 SET entry = CASE entry WHEN ? THEN ? ELSE ? END"
        db.execute(exchange, (first, second, first))
    db.close()
    cache = cached(path)
    assert [await cache.get(key(number)) for number in (1, 2)] == [None, None]
    cache.put(key(1), YES)
    await cache.aclose()
    cache = cached(path)
    assert await cache.get(key(1)) == YES
    await cache.aclose()


@pytest.mark.parametrize("break_it", BREAKS)
async def test_p11_a_broken_file_is_misses_and_one_line_in_the_log(
    tmp_path: Path, break_it: Callable[[Path], None]
) -> None:
    path = tmp_path / "folder" / "verdicts.sqlite3"
    path.parent.mkdir()
    break_it(path)
    with capture_logs() as lines:
        cache = cached(path)
        assert [await cache.get(key(1)) for _ in range(50)] == [None] * 50
        cache.put(key(1), YES)
        await cache.aclose()
    assert [(line["event"], line["store"]) for line in lines] == [("verdict_cache_unavailable", "sqlite")]
    assert str(path) in lines[0]["problem"]


class Hanging(SqliteFile):
    """A file on a disk that does not answer until it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 2**26, 86_400)
        self.gate = threading.Event()

    def read(self, names: Sequence[bytes]) -> dict[bytes, bytes]:
        self.gate.wait(10)
        return super().read(names)


async def test_p11_a_slow_disk_is_a_miss_in_time_and_found_again_when_it_answers(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.sqlite3"
    before = cached(path)
    before.put(key(1), YES)
    await before.aclose()
    file = Hanging(path)
    cache = Stored(SqliteStore(file), "sqlite", 0.01)
    async with asyncio.timeout(5):
        assert [await cache.get(key(1)) for _ in range(100)] == [None] * 100
        file.gate.set()
        while await cache.get(key(1)) != YES:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0)
    await cache.aclose()
