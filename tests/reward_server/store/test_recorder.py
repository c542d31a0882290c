"""A reward waits for its row, and never fails for it."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from reward_server.store.database import StoreError
from reward_server.store.entry import Entry
from reward_server.store.recorder import MOST_CHARS, Recorder, Storage
from reward_server.wire.origin import Origin
from rubrics.rollout import Message, Turns
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import names, of_rollouts, scored, two, writer_of

FUNCTION = two()


def one(name: str) -> Entry:
    return scored(FUNCTION, {name: [{"a": 1.0, "b": 0.0}]}, Origin(None, "r", 1))


class Told:
    """What the recorder counts."""

    def __init__(self) -> None:
        self.counts = {"stored": 0, "lost": 0, "late": 0}

    def stored(self, rollouts: int, seconds: float) -> None:
        assert seconds >= 0
        self.counts["stored"] += rollouts

    def lost(self, rollouts: int) -> None:
        self.counts["lost"] += rollouts

    def late(self, rollouts: int) -> None:
        self.counts["late"] += rollouts


class Disk:
    """A storage that does what it is told at each call: goes on, waits, or raises."""

    path = Path("a disk")

    def __init__(self, act: Callable[[Sequence[str]], object] = lambda _: None) -> None:
        self.calls: list[list[str]] = []
        self.closed = 0
        self._act = act

    def store(self, entries: Sequence[Entry]) -> None:
        together = [entry.rows[0].group for entry in entries]
        self.calls.append(together)
        self._act(together)

    def close(self) -> None:
        self.closed += 1


def recorder_of(storage: Storage, patience_s: float = 20.0) -> tuple[Recorder, dict[str, int]]:
    told = Told()
    return Recorder(storage, told, patience_s), told.counts


async def until(done: Callable[[], bool]) -> None:
    """Let everything else go on until something is so."""
    while not done():  # noqa: ASYNC110 - a thread does it
        await asyncio.sleep(0)


async def test_a_recorded_entry_is_in_the_file(tmp_path: Path) -> None:
    recorder, counts = recorder_of(writer_of(tmp_path / "s"))
    await recorder.record(one("g"))
    assert names(tmp_path / "s") == ["g/0"]
    await recorder.aclose()
    assert counts == {"stored": 1, "lost": 0, "late": 0}


async def test_what_comes_during_a_transaction_is_stored_in_the_next_one_together() -> None:
    go_on = Event()
    disk = Disk(lambda _: go_on.wait(20))
    recorder, counts = recorder_of(disk)
    tasks = [asyncio.create_task(recorder.record(one("first")))]
    await until(lambda: bool(disk.calls))
    tasks += [asyncio.create_task(recorder.record(one(f"g{n}"))) for n in range(5)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)
    go_on.set()
    await asyncio.gather(*tasks)
    assert disk.calls == [["first"], [f"g{n}" for n in range(5)]]
    await recorder.aclose()
    assert disk.closed == 1
    assert counts["stored"] == 6


async def test_a_failing_disk_fails_no_reward_and_is_logged_once_and_counted() -> None:
    broken = [True]

    def act(_: Sequence[str]) -> None:
        if broken[0]:
            raise StoreError("no space")

    recorder, counts = recorder_of(Disk(act))
    with capture_logs() as logs:
        for n in range(3):
            await recorder.record(one(f"g{n}"))
        broken[0] = False
        await recorder.record(one("h"))
        await recorder.record(one("i"))
    assert counts == {"stored": 2, "lost": 3, "late": 0}
    assert [log["event"] for log in logs] == [
        "rollouts are NOT stored; rewards go on",
        "rollouts are stored again",
    ]
    assert logs[0]["why"] == "no space"
    await recorder.aclose()


async def test_an_entry_that_cannot_be_written_costs_only_itself() -> None:
    def act(together: Sequence[str]) -> None:
        if "bad" in together:
            raise ValueError("the text of a completion")

    disk = Disk(act)
    recorder, counts = recorder_of(disk)
    with capture_logs() as logs:
        await asyncio.gather(*(recorder.record(one(name)) for name in ("first", "a", "bad", "b")))
    assert disk.calls[1:] == [["a", "bad", "b"], ["a"], ["bad"], ["b"]] or disk.calls[0] != ["first"]
    assert counts == {"stored": 3, "lost": 1, "late": 0}
    assert "the text of a completion" not in str(logs)
    await recorder.aclose()


async def test_for_a_disk_that_hangs_one_answer_waits_and_then_none_and_rows_come_late() -> None:
    go_on = Event()
    recorder, counts = recorder_of(Disk(lambda _: go_on.wait(20)), patience_s=0.05)
    loop = asyncio.get_running_loop()
    with capture_logs() as logs:
        await recorder.record(one("first"))
        started = loop.time()
        for n in range(100):
            await recorder.record(one(f"g{n}"))
        assert loop.time() - started < 0.05 * 20  # not one of the hundred waited
        go_on.set()
        await until(lambda: counts["stored"] >= 101)
        await recorder.record(one("again"))
    assert [log["event"] for log in logs] == ["the disk hangs: rewards are answered before they are stored"]
    assert counts == {"stored": 102, "lost": 0, "late": 101}
    await recorder.aclose()


async def test_rows_wait_for_a_file_that_somebody_has_locked_and_rewards_do_not(tmp_path: Path) -> None:
    writer = writer_of(tmp_path / "s")
    writer.store([one("g")])
    locking = sqlite3.connect(tmp_path / "s", isolation_level=None)
    locking.execute("BEGIN IMMEDIATE")
    recorder, counts = recorder_of(writer, patience_s=0.05)
    with capture_logs():
        await recorder.record(one("h"))
        assert counts == {"stored": 0, "lost": 0, "late": 1}
        locking.execute("COMMIT")
        await until(lambda: counts["stored"] == 1)
    locking.close()
    await recorder.aclose()
    assert names(tmp_path / "s") == ["g/0", "h/0"]


async def test_an_answer_at_its_deadline_waits_no_longer_and_the_others_do() -> None:
    go_on = Event()
    recorder, counts = recorder_of(Disk(lambda _: go_on.wait(20)))
    with capture_logs() as logs:
        patient = asyncio.create_task(recorder.record(one("g")))
        await recorder.record(one("h"), within_s=0.01)
        assert counts["late"] == 1
        assert not patient.done()
        go_on.set()
        await patient
    await recorder.aclose()
    assert counts == {"stored": 2, "lost": 0, "late": 1}
    assert logs == []


@pytest.mark.parametrize("where", ["completion", "prompt", "messages"])
async def test_what_waits_for_a_hanging_disk_is_bounded(where: str) -> None:
    go_on = Event()
    recorder, counts = recorder_of(Disk(lambda _: go_on.wait(20)), patience_s=0.01)
    text = "x" * (MOST_CHARS // 4)
    given = rollout_of("r", text if where == "completion" else "", metadata={"a": 1, "b": 1})
    prompts: dict[str, Turns] = {"prompt": text, "messages": [Message("user", text)]}
    rollouts = [replace(given, prompt=prompts.get(where))]
    recorder._hanging = True
    for n in range(7):
        await recorder.record(of_rollouts(FUNCTION, rollouts, Origin(), f"g{n}"))
    assert counts["lost"] == 3  # four quarters fit
    go_on.set()
    await until(lambda: counts["stored"] >= 4)
    await recorder.record(one("again"))
    assert counts["stored"] == 5
    await recorder.aclose()


async def test_a_caller_who_leaves_loses_no_row_of_others_nor_its_own() -> None:
    go_on = Event()
    disk = Disk(lambda _: go_on.wait(20))
    recorder, counts = recorder_of(disk)
    tasks = [asyncio.create_task(recorder.record(one(f"g{n}"))) for n in range(3)]
    await until(lambda: bool(disk.calls))
    tasks[0].cancel()
    tasks[1].cancel()
    await asyncio.sleep(0)
    go_on.set()
    await tasks[2]
    await recorder.aclose()
    assert counts == {"stored": 3, "lost": 0, "late": 0}


async def test_closing_stores_what_waits() -> None:
    disk = Disk()
    recorder, counts = recorder_of(disk)
    tasks = [asyncio.create_task(recorder.record(one(f"g{n}"))) for n in range(3)]
    await asyncio.sleep(0)
    await recorder.aclose()
    assert counts["stored"] == 3
    assert disk.closed == 1
    await asyncio.gather(*tasks)


async def test_closing_does_not_wait_for_a_disk_that_hangs() -> None:
    go_on = Event()
    disk = Disk(lambda _: go_on.wait(20))
    recorder, counts = recorder_of(disk, patience_s=0.05)
    await recorder.record(one("first"))
    await recorder.record(one("second"))
    with capture_logs():
        await recorder.aclose()
    assert counts["lost"] == 1  # the first is on its way to the disk: nobody knows
    go_on.set()


async def test_closing_what_was_never_used() -> None:
    disk = Disk()
    recorder, _ = recorder_of(disk)
    await recorder.aclose()
    assert disk.closed == 1
