"""What is old is forgotten, a little at a time; what was computed of it stays."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from reward_server.filing.retention import CURVES, Retention, prune
from reward_server.history.steps import history
from reward_server.store.database import StoreError
from reward_server.store.entry import Entry
from reward_server.store.forgetting import free_pages, used_bytes
from reward_server.store.options import StoreOptions
from reward_server.store.schema import LAX
from reward_server.store.writer import Writer
from reward_server.wire.origin import Origin
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import count, names, of_rollouts, opened, scored, stored, two, writer_of

DAY_S = 86_400.0
NOW = time.time()
FUNCTION = two()


def request(
    step: int, size: int = 4, *, days: float = 0.0, run: str = "r", text: str = "x", prompt: str | None = None
) -> Entry:
    """A request of so many days ago."""
    rollouts = [
        rollout_of(f"{step}/{n}", text, prompt=prompt, metadata={"a": float(n), "b": float(step)})
        for n in range(size)
    ]
    return of_rollouts(FUNCTION, rollouts, Origin(None, run, step))._replace(at=NOW - days * DAY_S)


def retention(path: Path, days: float = 30.0, gb: float = 10.0, later_days: float = 0.0) -> Retention:
    options = StoreOptions(path=path, max_age_days=days, max_gb=gb)
    return Retention(options, lambda: NOW + later_days * DAY_S)


def run_down(retention: Retention, writer: Writer, most: int = 3) -> int:
    """Work until there is nothing to do; how often something was done."""
    with writer.opened() as db:
        for times in range(10_000):
            if not retention.step(db, most):
                return times
    raise AssertionError("it does not come to an end")


def filled(path: Path, entries: Sequence[Entry]) -> Writer:
    writer = writer_of(path)
    for entry in entries:
        writer.store([entry])
    return writer


def test_what_is_too_old_goes_oldest_first_and_its_curve_stays(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = filled(path, [request(step, days=41 - 5 * step, prompt=f"p{step}") for step in range(8)])
    with opened(path) as store:
        before = [history(store, 1)[step] for step in range(8)]
    with writer.opened() as db:
        db.execute("UPDATE steps SET statistics = NULL")  # nobody has looked
    run_down(retention(path), writer)
    assert names(path) == [f"{step}/{n}" for step in range(3, 8) for n in range(4)]
    assert (count(path, "details"), count(path, "requests")) == (20, 5)
    with opened(path) as store:
        assert list(history(store, 1)) == before
        assert [(step, rollouts) for step, rollouts, _ in store.steps(1)][:4] == [
            (0, 0),
            (1, 0),
            (2, 0),
            (3, 4),
        ]
        assert (store.runs()[0].steps, store.runs()[0].rollouts) == (8, 20)
    writer.close()


def test_a_step_of_which_a_part_was_forgotten_keeps_the_statistics_of_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = filled(path, [request(1, 4, days=40), request(1, 4)])
    run_down(retention(path), writer)
    with opened(path) as store:
        (found,) = history(store, 1)
        assert (found.rollouts, store.runs()[0].rollouts) == (8, 4)
    writer.store([request(1, 4)])  # somebody sends more of it: it cannot be computed any more
    with opened(path) as store:
        (found,) = history(store, 1)
        assert (found.rollouts, store.runs()[0].rollouts) == (8, 8)
    writer.close()


def test_beyond_its_size_the_oldest_go_in_small_transactions(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = filled(path, [request(step, 16, text="x" * 4_000) for step in range(40)])
    kept = retention(path, gb=1e-3)
    with writer.opened() as db:
        size = used_bytes(db)
        assert size > 2_000_000
        kept.step(db, 16)
        assert count(path) == 40 * 16 - 16
    run_down(kept, writer, 16)
    with writer.opened() as db:
        assert 900_000 < used_bytes(db) <= 1_000_000
    left = names(path)
    assert left == [f"{step}/{n}" for step in range(40) for n in range(16)][-len(left) :]
    with opened(path) as store:
        assert len(history(store, 1)) == 40
    writer.close()


def test_a_great_request_is_forgotten_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = filled(path, [request(1, 10, days=40)])
    with writer.opened() as db:
        assert retention(path).step(db, 4)
        assert names(path) == [f"1/{n}" for n in range(4, 10)]
        assert retention(path).step(db, 4)
        assert retention(path).step(db, 4)
        assert count(path) == count(path, "requests") == 0
    with opened(path) as store:
        assert history(store, 1)[0].rollouts == 10
    writer.close()


def test_a_request_that_comes_again_after_a_part_of_it_was_forgotten_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "s"
    entry = request(1, 10)
    writer = filled(path, [entry])
    with writer.opened() as db:
        retention(path, later_days=31).step(db, 4)
    writer.store([entry])
    assert names(path) == [f"1/{n}" for n in range(10)]
    writer.close()


def test_prompts_go_with_the_last_rollout_that_has_them(tmp_path: Path) -> None:
    path = tmp_path / "s"
    old = [request(step, days=40, prompt="shared" if step else "old") for step in range(2)]
    new = [request(2, prompt="shared"), request(3, LAX + 1, prompt="new")]
    writer = filled(path, [*old, *new])
    run_down(retention(path), writer, 2_000)
    with opened(path) as store:
        prompts = {bytes(content) for (content,) in store.rows("SELECT content FROM prompts")}
        assert prompts >= {b'"shared"', b'"new"'}
        assert all(store.rollout(row.id).prompt is not None for row in store.step_rows(1, 2))
    run_down(retention(path, later_days=31), writer, 2_000)
    assert (count(path), count(path, "prompts")) == (0, 0)
    writer.close()


def test_what_is_left_of_a_run_goes_much_later_with_its_alarms(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = filled(path, [request(1)])
    with writer.opened() as db:
        db.execute("INSERT INTO alarms (run, name, subject, since, content) VALUES (1, 'x', '', 1, '')")
    run_down(retention(path, later_days=31), writer)
    assert (count(path), count(path, "steps"), count(path, "runs")) == (0, 1, 1)
    run_down(retention(path, later_days=30 * CURVES + 1), writer)
    assert [count(path, table) for table in ("steps", "runs", "alarms", "rewards")] == [0, 0, 0, 0]
    writer.close()


def test_steps_without_numbers_go_on_where_they_were_after_forgetting(tmp_path: Path) -> None:
    path, values = tmp_path / "s", [{"a": 0.0, "b": 0.0}] * 512
    stored(path, scored(FUNCTION, {"g": values}, Origin()))
    assert prune(path, older_than_s=-1.0) == 512
    stored(path, scored(FUNCTION, {"g": values}, Origin()))
    with opened(path) as store:
        assert [step for step, _, _ in store.steps(1)] == [0, 1]


def test_a_file_that_holds_little_any_more_is_shortened(tmp_path: Path) -> None:
    path = tmp_path / "s"
    writer = filled(path, [request(1, 400, days=40, text="x" * 4_000)])
    writer.settle()
    size = path.stat().st_size
    run_down(retention(path), writer, 100)
    writer.touched(1)
    writer.settle()
    assert path.stat().st_size < size / 10
    writer.close()


def test_prune_by_age_keeps_curves_and_gives_the_space_back(tmp_path: Path) -> None:
    path = tmp_path / "s"
    filled(
        path, [request(step, 100, days=10 - step, text="x" * 4_000, prompt=f"p{step}") for step in range(5)]
    ).close()
    size = path.stat().st_size
    assert prune(path, older_than_s=7.5 * DAY_S) == 300
    assert count(path) == 200
    assert count(path, "prompts") == 2
    assert path.stat().st_size < size / 2
    with opened(path) as store:
        assert len(history(store, 1)) == 5
        assert store.rows("PRAGMA freelist_count") == [(0,)]
        assert store.rows("PRAGMA integrity_check") == [("ok",)]


def test_prune_of_a_run_leaves_nothing_of_it_and_all_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "s"
    entries = [request(step, run=run, prompt=run) for step in range(3) for run in ("gone", "stays")]
    filled(path, entries).close()
    assert prune(path, run=1) == 12
    with opened(path) as store:
        assert [run.name for run in store.runs()] == ["stays"]
        assert len(store.steps(2)) == 3
        assert [content for (content,) in store.rows("SELECT content FROM prompts")] == [b'"stays"']
        assert store.steps(1) == []
    assert b"gone" not in path.read_bytes()


def test_prune_of_the_older_part_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "s"
    filled(path, [request(step, run=run, days=10 - step) for step in range(3) for run in "ab"]).close()
    assert prune(path, run=1, older_than_s=8.5 * DAY_S) == 8
    with opened(path) as store:
        assert [run.rollouts for run in sorted(store.runs(), key=lambda run: run.id)] == [4, 12]
        assert len(history(store, 1)) == 3


def test_prune_to_a_size(tmp_path: Path) -> None:
    path = tmp_path / "s"
    filled(path, [request(step, 1_000, text="x" * 2_000) for step in range(6)]).close()
    prune(path, keep_gb=0.012)
    assert path.stat().st_size <= 12_000_000
    left = names(path)
    assert left[-1] == "5/999"
    assert 1_000 < len(left) < 5_000
    assert prune(path, keep_gb=0.0) == len(left)


def test_prune_of_nothing_and_of_no_file(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with pytest.raises(StoreError, match="there is no rollout store"):
        prune(path, older_than_s=1.0)
    assert not path.exists()
    filled(path, [request(1)]).close()
    assert prune(path) == 0
    assert prune(path, run=77) == 0
    assert count(path) == 4


def test_a_server_can_write_while_a_command_prunes(tmp_path: Path) -> None:
    from threading import Thread

    path = tmp_path / "s"
    writer = filled(path, [request(1, 2_500, days=40) for _ in range(4)])
    command = Thread(target=prune, args=(path,), kwargs={"older_than_s": DAY_S})
    command.start()
    took = []
    for step in range(10):
        started = time.monotonic()
        writer.store([request(100 + step)])
        took.append(time.monotonic() - started)
    command.join()
    assert max(took) < 5.0
    assert count(path) == 40
    with writer.opened() as db:
        assert free_pages(db) == 0
    writer.close()
