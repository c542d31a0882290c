"""The filled store is one that everything that reads stores can read."""

from pathlib import Path

from benchmarks.million import RUNS, fill
from reward_server.history.steps import history
from tests.reward_server.storing import opened


def test_a_filled_store_is_whole(tmp_path: Path) -> None:
    fill(tmp_path / "s", 3_200, 20)
    with opened(tmp_path / "s") as store:
        assert store.rows("PRAGMA integrity_check") == [("ok",)]
        runs = store.runs()
        assert [run.rollouts for run in runs] == [3_200 // RUNS] * RUNS
        steps = history(store, runs[0].id)
        assert [step.rollouts for step in steps] == [64] * 10
        assert steps[-1].criteria["cites"].verdicts > 50
        whole = store.rollout(store.step_rows(runs[0].id, 3)[0].id)
        assert whole.prompt is not None
        assert store.latest_description(runs[0].id).name == "moderation"
