"""Files that cannot be a store, each with what is wrong with it."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from reward_server.store.database import StoreError, open_to_read, open_to_write
from reward_server.store.entry import Entry
from reward_server.store.schema import VERSION
from reward_server.wire.origin import Origin
from tests.reward_server.storing import count, opened, scored, stored, two, writer_of

Opening = Callable[[Path], sqlite3.Connection]


def entry_of(name: str) -> Entry:
    return scored(two(), {name: [{"a": 1.0, "b": 0.0}]}, Origin(None, "r", 1))


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()


def newer(path: Path) -> None:
    open_to_write(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()


def test_a_file_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "s"
    foreign(path)
    before = path.read_bytes()
    for opening in (open_to_write, open_to_read):
        with pytest.raises(StoreError, match="not a rollout store of this version"):
            opening(path)
    assert path.read_bytes() == before  # nor is it given a log: its owner may be on a network share
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]
    db.close()


def test_a_file_of_another_version_is_left_as_it_is(tmp_path: Path) -> None:
    newer(tmp_path / "s")
    for opening in (open_to_write, open_to_read):
        with pytest.raises(StoreError, match="not a rollout store of this version"):
            opening(tmp_path / "s")


@pytest.mark.parametrize("opening", [open_to_write, open_to_read])
def test_no_database_at_all(tmp_path: Path, opening: Opening) -> None:
    (tmp_path / "s").write_text("not a database, but long enough to be told from one: " * 100)
    with pytest.raises(StoreError, match="cannot be opened: file is not a database"):
        opening(tmp_path / "s")


@pytest.mark.parametrize("opening", [open_to_write, open_to_read])
def test_a_directory(tmp_path: Path, opening: Opening) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        opening(tmp_path)


@pytest.mark.parametrize("opening", [open_to_write, open_to_read])
def test_what_is_no_file_is_left_as_it_is(tmp_path: Path, opening: Opening) -> None:
    path = tmp_path / "s"
    os.mkfifo(path)
    path.chmod(0o666)
    with pytest.raises(StoreError, match="cannot be opened: it is not a file"):
        opening(path)
    assert path.stat().st_mode & 0o777 == 0o666


def test_a_path_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be opened: (Not a directory|File exists)"):
        open_to_write(tmp_path / "file" / "s")


def test_nothing_there_to_read(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no rollout store at"):
        open_to_read(tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_an_empty_file_is_a_store_to_be(tmp_path: Path) -> None:
    (tmp_path / "s").touch()
    stored(tmp_path / "s", entry_of("g"))
    assert count(tmp_path / "s") == 1


@pytest.mark.parametrize("there", [False, True])
def test_only_its_owner_may_read_it_or_its_log(tmp_path: Path, there: bool) -> None:
    path, before = tmp_path / "s", os.umask(0o022)
    try:
        if there:
            path.touch(0o644)
        db = open_to_write(path)
        modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    finally:
        os.umask(before)
    db.close()
    assert modes == {"s": 0o600, "s-wal": 0o600, "s-shm": 0o600}


def test_a_name_that_means_something_in_a_uri(tmp_path: Path) -> None:
    path = tmp_path / "a?b=c#d %41"
    stored(path, entry_of("g"))
    assert count(path) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes read-only files, too")
def test_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, entry_of("g"))
    path.chmod(0o400)
    with pytest.raises(StoreError):
        writer_of(path).store([entry_of("h")])
    assert count(path) == 1


def test_a_reader_sees_a_moment_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, entry_of("g"))
    with opened(path) as store, store.snapshot():
        before = len(store.step_rows(1, 1))
        stored(path, entry_of("h"))
        assert len(store.step_rows(1, 1)) == before == 1
    assert count(path) == 2


def test_a_reader_does_not_stop_the_log_from_being_emptied_for_long(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = writer_of(path)
    writer.store([entry_of("g")])
    with opened(path) as store:
        with store.snapshot():
            store.step_rows(1, 1)
            for n in range(50):
                writer.store([entry_of(f"g{n}")])
                writer.settle()
        writer.settle()
        writer.store([entry_of("h")])
        writer.settle()
        held = (path.parent / "s-wal").stat().st_size
        for n in range(50):
            writer.store([entry_of(f"h{n}")])
            writer.settle()
        assert (path.parent / "s-wal").stat().st_size == held  # used again from its start
    writer.close()
