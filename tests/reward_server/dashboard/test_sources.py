"""Which run a page is about."""

from pathlib import Path

import pytest

from reward_server.dashboard.sources import Sources
from reward_server.store.reading import NoSuchRun
from reward_server.wire.origin import Origin
from tests.reward_server.storing import opened, scored, stored, two


def test_the_newest_run_with_steps_of_its_trainer_is_opened_on(tmp_path: Path) -> None:
    values = {"g": [{"a": 1.0, "b": 0.0}]}
    found: list[str] = []
    for name, step in (
        ("by-hand", None),
        ("other-hand", None),
        ("trained", 3),
        ("again", 0),
        ("by-hand", None),
    ):
        stored(tmp_path / "s", scored(two(), values, Origin(None, name, step)))
        with opened(tmp_path / "s") as store:
            found.append(Sources(store).run(None).name)
    assert found == ["by-hand", "other-hand", "trained", "again", "again"]


def test_a_number_is_a_number_also_where_runs_are_called_like_numbers(tmp_path: Path) -> None:
    for name in ("2", "1", "7"):  # they get the numbers 1, 2 and 3
        stored(tmp_path / "s", scored(two(), {"g": [{"a": 1.0, "b": 0.0}]}, Origin(None, name, 1)))
    with opened(tmp_path / "s") as store:
        sources = Sources(store)
        found = {said: sources.run(said).name for said in ("1", "2", "3", "7", f"1/{two().name}")}
        with pytest.raises(NoSuchRun):
            sources.run("4")
    assert found == {"1": "2", "2": "1", "3": "7", "7": "7", f"1/{two().name}": "1"}
