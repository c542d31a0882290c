"""A run's history out of a store: what is kept is what would be computed."""

import sqlite3
from pathlib import Path

import pytest

from reward_server.history.statistics import DeadGroups
from reward_server.history.steps import compute, history
from reward_server.store.database import StoreError
from reward_server.store.reading import Store
from reward_server.wire.origin import Origin
from tests.reward_server.making import PROBES, reward_of
from tests.reward_server.storing import opened, scored, stored, two

KEY = b"0123456789abcdef"


def fill(path: Path, steps: int, value: float = 1.0, key: bytes | None = None) -> None:
    values = [{"a": value, "b": 0.0}, {"a": 0.0, "b": float(steps)}]
    stored(path, *(scored(two(), {f"g{n}": values}, Origin(key, "r", n)) for n in range(steps)))


def kept(path: Path) -> int:
    with opened(path) as store:
        return int(store.rows("SELECT count(statistics) FROM steps")[0][0])


def test_what_is_kept_is_what_was_computed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    fill(path, 5)
    with opened(path) as store:
        first = history(store, 1)
        assert kept(path) == 5
        second = history(store, 1)
        fresh = [compute(store, 1, step) for step in range(5)]
    assert list(first) == list(second) == fresh
    assert [each.step for each in first] == [0, 1, 2, 3, 4]
    assert first[4].reward.mean == (0.75 + 0.25 * 5) / 2


def test_a_component_without_bounds_can_be_read_back(tmp_path: Path) -> None:
    path, boundless = tmp_path / "s", reward_of(f'components: {{a: {{use: "{PROBES}:Boundless", key: a}}}}')
    values = [{"a": 1000.0}, {"a": -1000.0}]
    stored(path, scored(boundless, {"g": values, "h": values[:1] * 2}, Origin(None, "r", 1)))
    with opened(path) as store:
        (fresh,) = history(store, 1)
        assert list(history(store, 1)) == [fresh]  # as it was kept
        assert store.rollout(1).content.result.reward == 1000.0
    for column in (fresh.reward, fresh.components["a"]):
        assert (column.mean, column.low, column.high, column.top) == (500.0, None, None, 0.0)
    assert fresh.dead == DeadGroups(equal=1)


def test_a_step_that_goes_on_is_computed_anew_and_the_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "s"
    fill(path, 3)
    with opened(path) as store:
        history(store, 1)
        stored(path, scored(two(), {"h": [{"a": 9.0, "b": 9.0}]}, Origin(None, "r", 1)))
        assert kept(path) == 2
        found = history(store, 1)
        assert found[1].rollouts == 3
        assert found[1] == compute(store, 1, 1)


def test_a_request_that_is_sent_again_changes_its_step(tmp_path: Path) -> None:
    path = tmp_path / "s"
    fill(path, 1, 1.0, KEY)
    with opened(path) as store:
        assert history(store, 1)[0].components["a"].mean == 0.5
        fill(path, 1, 4.0, KEY)
        assert history(store, 1)[0].components["a"].mean == 2.0


def test_what_changed_while_it_was_computed_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s"
    fill(path, 1, 1.0, KEY)
    at = Store.step_at

    def meanwhile(store: Store, run: int, step: int) -> float:
        found = at(store, run, step)
        fill(path, 1, 4.0, KEY)  # as many rollouts, and others
        return found

    with opened(path) as store:
        with monkeypatch.context() as patch:
            patch.setattr(Store, "step_at", meanwhile)
            assert history(store, 1)[0].components["a"].mean == 0.5
        assert kept(path) == 0
        assert history(store, 1)[0].components["a"].mean == 2.0


def test_a_file_that_cannot_be_written_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "s"
    fill(path, 3)
    blocking = sqlite3.connect(path, isolation_level=None)
    with opened(path) as store:
        blocking.execute("PRAGMA application_id = 1")  # no longer ours, for who wants to write
        assert len(history(store, 1)) == 3
    blocking.close()


def test_a_run_that_is_not_there_has_no_history(tmp_path: Path) -> None:
    path = tmp_path / "s"
    fill(path, 1)
    with opened(path) as store:
        assert list(history(store, 77)) == []
        with pytest.raises(StoreError, match="no run 77"):
            store.latest_description(77)
        assert store.latest_description(1).components == ["a", "b"]
