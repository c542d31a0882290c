"""The SQLite file: its bounds, its neighbours, and every way in which it can be broken."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import pytest

from judges.cache.breaker import StoreError
from judges.cache.entry import LONGEST
from judges.cache.sqlite_file import SqliteFile
from tests.judges.cache.known import Clock
from tests.processes import ROOT

DAY = 86_400
MB = 2**20


def name(number: int) -> bytes:
    return blake2b(b"%d" % number, digest_size=16).digest()


def entries(numbers: range) -> dict[bytes, bytes]:
    return {name(number): b"%060d" % number for number in numbers}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "down" / "verdicts.sqlite3"


def opened(path: Path, max_bytes: int = 64 * MB, clock: Clock | None = None) -> SqliteFile:
    return SqliteFile(path, max_bytes, 30 * DAY, clock or Clock())


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64, 65, 300, 2500])
def test_what_was_written_is_read_and_nothing_else(path: Path, count: int) -> None:
    file = opened(path)
    file.write(entries(range(count)))
    asked = [name(number) for number in range(count + 5)]
    assert file.read(asked) == entries(range(count))
    file.close()
    assert opened(path).read(asked) == entries(range(count))


def test_an_entry_is_replaced(path: Path) -> None:
    file = opened(path)
    file.write({name(1): b"old"})
    file.write({name(1): b"new"})
    assert file.read([name(1)]) == {name(1): b"new"}


def test_an_empty_entry_and_any_bytes_are_kept_as_they_are(path: Path) -> None:
    file = opened(path)
    odd = {name(1): b"", name(2): bytes(range(256)), name(3): b"," * LONGEST}
    file.write(odd)
    assert file.read(list(odd)) == odd


def test_the_folder_is_ours_alone(path: Path) -> None:
    opened(path).read([])
    assert path.parent.stat().st_mode & 0o077 == 0


# -- bounds --------------------------------------------------------------------------------------------


def test_p19_the_file_stays_within_its_size_and_keeps_what_is_new(path: Path) -> None:
    file = opened(path, MB)
    for start in range(0, 40_000, 500):
        file.write(entries(range(start, start + 500)))
    file.close()
    assert path.stat().st_size < 1.25 * MB
    kept = file.read([name(number) for number in range(40_000)])
    assert list(entries(range(36_000, 40_000)).items() - kept.items()) == []
    assert len(kept) < 12_000


def test_an_old_entry_is_not_read(path: Path) -> None:
    clock = Clock()
    file = opened(path, clock=clock)
    file.write({name(1): b"entry"})
    clock.now += 30 * DAY
    assert file.read([name(1)]) == {name(1): b"entry"}
    clock.now += 1
    assert file.read([name(1)]) == {}


def test_old_entries_leave_the_file(path: Path) -> None:
    clock = Clock()
    file = opened(path, clock=clock)
    for day in range(91):
        clock.now = Clock().now + day * DAY
        file.write({name(day): b"entry"})
    file.close()
    assert oldest(path) >= Clock().now + 30 * DAY


def oldest(path: Path) -> int:
    with sqlite3.connect(path) as db:
        query = "SELECT min(stored) FROM (SELECT stored FROM verdicts_0 UNION SELECT stored FROM verdicts_1)"
        found = db.execute(query).fetchone()[0]
    db.close()
    assert isinstance(found, int)
    return found


def test_p22_a_clock_that_jumps_back_costs_nothing(path: Path) -> None:
    clock = Clock()
    file = opened(path, clock=clock)
    file.write({name(1): b"entry"})
    clock.now -= 7 * DAY
    file.write({name(2): b"entry"})
    assert len(file.read([name(1), name(2)])) == 2


def test_of_two_generations_the_younger_entry_counts(path: Path) -> None:
    clock = Clock()
    for turns in (1, 2):
        file = opened(path.with_name(f"{turns}"), clock=clock)
        for turn in range(turns):
            clock.now += 31 * DAY
            file.write({name(100 + turn): b"makes a turn"})
        file.write({name(1): b"older"})
        _turn(file)
        clock.now += 1
        file.write({name(1): b"younger"})
        assert file.read([name(1)]) == {name(1): b"younger"}


def _turn(file: SqliteFile) -> None:
    with file._opened() as db:
        db.execute("UPDATE generation SET number = number + 1")


# -- neighbours ----------------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from judges.cache.breaker import StoreError
from tests.judges.cache.test_sqlite_file import entries, opened
path, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
file, start = opened(path), first
while start < last:
    try:
        file.write(entries(range(start, start + 100)))
    except StoreError as error:
        if "locked" not in str(error):  # a batch whose turn does not come is tried again, as `Writes` does
            raise
    else:
        print(start, flush=True)
        start += 100
"""


def writer(path: Path, first: int, last: int, step: int = 100) -> subprocess.Popen[str]:
    arguments = [str(path), str(first), str(last), str(step)]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_several_processes_share_one_file_from_its_first_moment(path: Path) -> None:
    writers = [writer(path, first, first + 1000) for first in range(0, 4000, 1000)]
    for process in writers:
        process.communicate(timeout=60)
    assert [process.returncode for process in writers] == [0, 0, 0, 0]
    assert opened(path).read([name(number) for number in range(4000)]) == entries(range(4000))


def test_p09_a_kill_loses_nothing_that_was_written_and_tears_nothing(path: Path) -> None:
    with writer(path, 0, 1_000_000) as process:
        assert process.stdout is not None
        last = [int(process.stdout.readline()) for _ in range(10)][-1]
        process.send_signal(signal.SIGKILL)
    file = opened(path)
    asked = [name(number) for number in range(last + 10_000)]
    known = file.read(asked)
    assert list(entries(range(last + 100)).items() - known.items()) == []
    assert list(known.items() - entries(range(last + 10_000)).items()) == []
    file.write({name(-1): b"goes on"})
    with file._opened() as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# -- broken --------------------------------------------------------------------------------------------


def somebody_elses(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE users (name TEXT)")
        db.execute("INSERT INTO users VALUES ('Ada')")
    db.close()


def of_another_version(path: Path) -> None:
    file = opened(path)
    file.write(entries(range(10)))
    with file._opened() as db:
        db.execute("PRAGMA user_version = 99")
    file.close()


def without_a_table(path: Path) -> None:
    file = opened(path)
    with file._opened() as db:
        db.execute("DROP TABLE verdicts_0")
    file.close()


def noise(path: Path) -> None:
    path.write_bytes(os.urandom(100_000))


def text(path: Path) -> None:
    path.write_text("judges:\n" * 1000)


def shortened(path: Path) -> None:
    file = opened(path)
    file.write(entries(range(2000)))
    file.close()
    path.write_bytes(path.read_bytes()[:5000])


def a_folder(path: Path) -> None:
    path.mkdir()


def beneath_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


BREAKS = [
    somebody_elses,
    of_another_version,
    without_a_table,
    noise,
    text,
    shortened,
    a_folder,
    beneath_a_file,
]


@pytest.mark.parametrize("break_it", BREAKS)
def test_p11_a_file_that_is_no_cache_is_a_plain_error_and_left_as_it_is(
    path: Path, break_it: Callable[[Path], None]
) -> None:
    path.parent.mkdir(parents=True)
    break_it(path)
    before = path.read_bytes() if path.is_file() else None
    file = opened(path)
    with pytest.raises(StoreError, match=r"verdicts\.sqlite3"):
        file.read([name(number) for number in range(2000)])
    with pytest.raises(StoreError):
        file.write(entries(range(10)))
    file.close()
    assert before == (path.read_bytes() if path.is_file() else None)


def test_pages_of_noise_are_misses_or_an_error_and_never_an_entry(path: Path) -> None:
    file = opened(path)
    file.write(entries(range(5000)))
    file.close()
    whole = bytearray(path.read_bytes())
    for start in range(8192, len(whole), 8192):
        whole[start : start + 4096] = os.urandom(4096)
    path.write_bytes(whole[: path.stat().st_size])
    found = 0
    for number in range(0, 5000, 50):
        try:
            known = file.read([name(number)])
        except StoreError:
            continue
        found += len(known)
        assert known.items() <= entries(range(number, number + 1)).items()
    assert found < 100


def test_values_of_other_types_are_an_error(path: Path) -> None:
    file = opened(path)
    with file._opened() as db:
        db.execute("UPDATE generation SET number = 'one'")
    with pytest.raises(StoreError, match="ValueError"):
        file.write(entries(range(10)))
    assert file.read([name(1)]) == {}
    with sqlite3.connect(path) as other:
        other.execute("UPDATE generation SET number = 0")
    other.close()
    file.write(entries(range(10)))
    assert len(file.read([name(1)])) == 1


def test_an_entry_of_another_type_is_not_read(path: Path) -> None:
    file = opened(path)
    file.write(entries(range(3)))
    with file._opened() as db:
        db.execute("UPDATE verdicts_0 SET entry = 'text' WHERE name = ?", (name(0),))
        db.execute("UPDATE verdicts_0 SET entry = 7 WHERE name = ?", (name(1),))
    assert file.read([name(number) for number in range(3)]) == entries(range(2, 3))


def test_a_huge_entry_that_someone_put_there_is_not_read(path: Path) -> None:
    file = opened(path)
    file.write({name(1): bytes(LONGEST + 1), name(2): b"entry"})
    assert file.read([name(1), name(2)]) == {name(2): b"entry"}


def test_while_another_writes_reading_goes_on_and_writing_fails_soon(path: Path) -> None:
    file = opened(path)
    file.write({name(1): b"entry"})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert file.read([name(1)]) == {name(1): b"entry"}
    with pytest.raises(StoreError, match="locked"):
        file.write({name(2): b"entry"})
    other.execute("ROLLBACK")
    file.write({name(2): b"entry"})
    assert len(file.read([name(1), name(2)])) == 2
    other.close()


def test_a_file_that_another_keeps_to_itself_is_an_error_until_it_lets_go(path: Path) -> None:
    file = opened(path)
    file.write({name(1): b"entry"})
    file.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked"):
        file.read([name(1)])
    other.close()
    assert file.read([name(1)]) == {name(1): b"entry"}


FULL_DISK = """
import resource, sys
from pathlib import Path
from judges.cache.breaker import StoreError
from tests.judges.cache.test_sqlite_file import entries, name, opened
file = opened(Path(sys.argv[1]))
file.write(entries(range(100)))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    for start in range(100, 100_000, 100):
        file.write(entries(range(start, start + 100)))
except StoreError as error:
    print(error)
assert file.read([name(1)]) == entries(range(1, 2))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
file.write(entries(range(100_000, 100_100)))
assert len(file.read([name(number) for number in range(100_000, 100_100)])) == 100
"""


def test_a_full_disk_is_an_error_for_writes_and_none_for_reads(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert "OperationalError" in done.stdout


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write everywhere."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_read_only_file_is_an_error_for_writes_and_stays_as_it_is() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "verdicts.sqlite3"
        file = opened(path)
        file.write({name(1): b"entry"})
        file.close()
        before = path.read_bytes()
        path.chmod(0o444)
        path.parent.chmod(0o555)
        with unprivileged():
            with pytest.raises(StoreError, match=r"readonly|unable to open"):
                file.write({name(2): b"entry"})
            with pytest.raises(StoreError):
                opened(path.parent / "new" / "verdicts.sqlite3").read([name(1)])
        path.parent.chmod(0o755)
        assert path.read_bytes() == before
        assert [each.name for each in path.parent.iterdir()] == [path.name]
