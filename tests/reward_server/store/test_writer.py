"""Each answered request is stored once, in whole or not at all."""

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from threading import Thread

import pytest

from reward_server.store.database import StoreError
from reward_server.store.entry import Entry
from reward_server.store.writer import AGAIN_S, WINDOW
from reward_server.wire.origin import Origin
from rubrics.rollout import Json
from tests.reward_server.making import given, rollout_of
from tests.reward_server.storing import (
    columns,
    count,
    names,
    of_rollouts,
    opened,
    scored,
    stored,
    two,
    writer_of,
)

KEY = b"0123456789abcdef"


def one(name: str, origin: Origin, value: float = 1.0) -> Entry:
    return scored(two(), {name: [{"a": value, "b": 0.0}]}, origin)


def test_a_row_holds_what_was_scored(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, scored(two(), {"g": [{"a": 1.0, "b": -2.0}, {"a": None, "b": 3.0}]}, Origin(None, "r", 7)))
    with opened(path) as store:
        (run,) = store.runs()
        first, second = store.step_rows(run.id, 7)
        whole = store.rollout(first.id)
    assert (run.name, run.reward, run.rollouts, run.steps, run.sent) == ("r", "test", 2, 1, 1)
    assert (first.name, first.group, first.reward, first.cause) == ("g/0", "g", 0.75 - 0.5, None)
    assert first.values[:3] == (1.0, -2.0, None)
    assert (second.reward, second.cause, second.values[:2]) == (None, "judge_timeout", (None, 3.0))
    assert whole.content.result.reward == 0.25
    assert whole.content.result.components is not None
    assert whole.content.result.components["b"].weighted == -0.5
    assert whole.content.metadata == {"a": 1.0, "b": -2.0}


def test_a_request_that_was_sent_again_takes_its_own_place(tmp_path: Path) -> None:
    path, origin = tmp_path / "s", Origin(KEY, "r", 1)
    stored(path, one("g", origin, 1.0), one("h", Origin(None, "r", 1)), one("g", origin, 4.0))
    assert names(path) == ["h/0", "g/0"]
    assert (count(path, "details"), count(path, "requests")) == (2, 2)
    with opened(path) as store:
        assert store.runs()[0].rollouts == 2
        assert [row.reward for row in store.step_rows(1, 1)] == [0.75, 3.0]


def test_a_request_sent_again_with_another_step_leaves_none_in_the_first(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, one("g", Origin(KEY, "r", 1)), one("g", Origin(KEY, "r", 2)))
    with opened(path) as store:
        assert [(step, rollouts) for step, rollouts, _ in store.steps(1)] == [(2, 1)]
        assert (store.runs()[0].steps, store.runs()[0].rollouts) == (1, 1)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda entry: entry._replace(at=entry.at + AGAIN_S - 1), 1),
        (lambda entry: entry._replace(at=entry.at + AGAIN_S + 1), 2),
        (lambda entry: entry._replace(origin=Origin(KEY, "other", 1)), 2),
        (lambda entry: entry._replace(origin=Origin(KEY[::-1], "r", 1)), 2),
    ],
    ids=["soon", "later", "another run", "another request"],
)
def test_what_counts_as_the_same_request(tmp_path: Path, change: Callable[[Entry], Entry], kept: int) -> None:
    path, first = tmp_path / "s", one("g", Origin(KEY, "r", 1))
    stored(path, first, change(first))
    assert count(path) == kept


def test_requests_without_an_identity_are_all_kept_and_one_of_them_stored_twice_is_not_doubled(
    tmp_path: Path,
) -> None:
    path, first = tmp_path / "s", one("g", Origin(None, "r", 1))
    stored(path, first, one("g", Origin(None, "r", 1)))
    assert count(path) == 2
    stored(path, first)
    assert count(path) == 2


def test_a_number_is_never_given_twice(tmp_path: Path) -> None:
    path, origin = tmp_path / "s", Origin(KEY, "r", 1)
    stored(path, one("g", origin), one("g", origin), one("g", origin))
    with opened(path) as store:
        assert [row.id for row in store.step_rows(1, 1)] == [3]


def test_without_steps_every_512_rollouts_are_one(tmp_path: Path) -> None:
    path, function = tmp_path / "s", two()
    values = [{"a": 0.0, "b": 0.0}] * (WINDOW // 2)
    stored(path, *(scored(function, {"g": values}, Origin()) for _ in range(5)))
    with opened(path) as store:
        (run,) = store.runs()
        assert [(step, rollouts) for step, rollouts, _ in store.steps(run.id)] == [
            (0, 512),
            (1, 512),
            (2, 256),
        ]
        assert (run.name, run.sent) == ("here", 0)


def test_groups_that_were_not_named_are_apart_in_each_request(tmp_path: Path) -> None:
    path = tmp_path / "s"
    entries = [of_rollouts(two(), [given("#0", a=1, b=1)], Origin(None, "r", 1), "#0") for _ in range(2)]
    stored(path, *entries)
    with opened(path) as store:
        first, second = store.step_rows(1, 1)
    assert first.group != second.group


def test_of_seventeen_components_the_last_is_in_the_details(tmp_path: Path) -> None:
    path = tmp_path / "s"
    function = columns(**{f"c{place}": 1.0 for place in range(17)})
    values = {f"c{place}": float(place) / 2 for place in range(17)}
    stored(path, scored(function, {"g": [values]}, Origin(None, "r", 1)))
    with opened(path) as store:
        (row,) = store.step_rows(1, 1)
        components = store.rollout(row.id).content.result.components
    assert row.values == tuple(place / 2 for place in range(16))
    assert components is not None
    assert components["c16"].value == 8.0


def test_huge_numbers_and_broken_characters_are_stored(tmp_path: Path) -> None:
    path = tmp_path / "s"
    rollout = rollout_of(
        "a\ud800b",
        "text \udfff",
        metadata={"a": 1, "b": 1, "k\ud800": [2**70, -(2**70)]},
        ground_truth=2**200,
        completion_tokens=2**80,
    )
    stored(path, of_rollouts(two(), [rollout], Origin(None, "run \ud800", 1), "g\ud800"))
    with opened(path) as store:
        (run,) = store.runs()
        (row,) = store.step_rows(run.id, 1)
        whole = store.rollout(row.id)
    assert (run.name, row.name, row.group) == ("run ?", "a?b", "g?")
    assert row.tokens == 2**62
    assert whole.content.completion == "text \ufffd"
    assert whole.content.ground_truth == 2**200
    assert whole.content.metadata["k\ufffd"] == [2**70, -(2**70)]


def test_entries_of_one_transaction_are_stored_together_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = writer_of(path)
    broken = one("h", Origin(None, "r", 1))
    broken.rows[0].components["a"] = object()  # type: ignore[index]
    with pytest.raises(AttributeError):
        writer.store([one("g", Origin(None, "r", 1)), broken])
    writer.store([one("i", Origin(None, "r", 1))])
    writer.close()
    assert names(path) == ["i/0"]


def test_a_full_file_is_a_store_error_and_leaves_no_part_of_a_request(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = writer_of(path)
    writer.store([one("g", Origin(None, "r", 1))])
    with writer.opened() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        writer.store([scored(two(), {"h": [{"a": 1.0, "b": 1.0}] * 500}, Origin(None, "r", 1))])
    writer.store([one("i", Origin(None, "r", 1))])  # opened anew, without the limit
    writer.close()
    assert names(path) == ["g/0", "i/0"]


def test_two_threads_write_one_file(tmp_path: Path) -> None:
    path, function = tmp_path / "s", two()

    def write(name: str) -> None:
        values = {"a": 1.0, "b": 1.0}
        stored(path, *(scored(function, {f"{name}{n}": [values]}, Origin(None, "r", n)) for n in range(25)))

    threads = [Thread(target=write, args=(name,)) for name in "xy"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(path)) == sorted(f"{name}{n}/0" for name in "xy" for n in range(25))
    with opened(path) as store:
        assert [rollouts for _, rollouts, _ in store.steps(1)] == [2] * 25


WRITE = """\
import sys
from pathlib import Path
from reward_server.wire.origin import Origin
from tests.reward_server.storing import scored, stored, two
name, path, function = sys.argv[1], Path(sys.argv[2]), two()
values = [{"a": 1.0, "b": 1.0}]
stored(path, *(scored(function, {f"{name}{n}": values}, Origin(None, "r", n)) for n in range(25)))
"""


def test_two_processes_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "s"
    processes = [Popen([sys.executable, "-c", WRITE, name, str(path)]) for name in "xy"]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert count(path) == 50
    with opened(path) as store:
        assert [run.rollouts for run in store.runs()] == [50]
        assert store.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_prompt_is_kept_once_for_its_group(tmp_path: Path) -> None:
    path = tmp_path / "s"
    given_prompts: list[Json] = ["one", "one", "two", [], None]
    rollouts = [
        rollout_of(f"r{n}", "x", prompt=prompt, metadata={"a": 1, "b": 1})
        for n, prompt in enumerate(given_prompts)
    ]
    stored(path, of_rollouts(two(), rollouts, Origin(None, "r", 1)))
    assert count(path, "prompts") == 3
    with opened(path) as store:
        prompts = [store.rollout(row.id).prompt for row in store.step_rows(1, 1)]
    assert prompts == given_prompts


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "s"
    stored(path, one("g", Origin()))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_removed_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = writer_of(path)
    writer.store([one("g", Origin())])
    for file in tmp_path.iterdir():
        file.unlink()
    writer.store([one("h", Origin())])
    writer.close()
    assert names(path) == ["h/0"]


def test_the_log_is_moved_into_the_file_when_told(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = writer_of(path)
    writer.store([scored(two(), {"g": [{"a": 1.0, "b": 1.0}] * 100}, Origin())])
    before = path.stat().st_size
    writer.settle(beyond=10**9)
    assert path.stat().st_size == before
    writer.settle()
    assert path.stat().st_size > before
    with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as alone:  # without the log
        assert alone.execute("SELECT count(*) FROM rollouts").fetchone() == (100,)
    writer.close()
