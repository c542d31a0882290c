"""`trl grpo`, configured by the environment alone."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl")

from tests.processes import ROOT
from tests.trainers.trl.training import dataset

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default"), pytest.mark.timeout(180)]

TRL = str(Path(sys.executable).with_name("trl"))
CPU = "--use_cpu --bf16 false --gradient_checkpointing false"
RUN = "--max_steps 2 --per_device_train_batch_size 16 --num_generations 8 --max_completion_length 24"
LOG = "--report_to none --logging_steps 1 --save_strategy steps --save_steps 2"


def trl_grpo(policy: Path, folder: Path, url: str, *options: str) -> list[dict[str, Any]]:
    """The log of a run, out of its checkpoint."""
    (folder / "data").mkdir()
    dataset().to_json(folder / "data" / "train.jsonl")
    command = [TRL, "grpo", "--model_name_or_path", str(policy), "--dataset_name", str(folder / "data")]
    command += [*CPU.split(), *RUN.split(), *LOG.split(), "--output_dir", str(folder / "run"), *options]
    home = str(folder / "home")
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": home, "OMP_NUM_THREADS": "1", "GAVEL_URL": url}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **offline},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    state = json.loads((folder / "run" / "checkpoint-2" / "trainer_state.json").read_text())
    return [entry for entry in state["log_history"] if "loss" in entry]


def test_the_reward_by_its_dotted_name(policy: Path, tmp_path: Path, url: str) -> None:
    logged = trl_grpo(policy, tmp_path, url, "--reward_funcs", "trainer_adapters.trl.reward")
    assert len(logged) == 2
    for entry in logged:
        together = 0.6 * entry["gavel/format"] + 0.4 * entry["gavel/accuracy"]
        assert entry["rewards/reward/mean"] == pytest.approx(together)
        assert entry["gavel/unscored"] == 0


def test_components_by_their_dotted_names(policy: Path, tmp_path: Path, url: str) -> None:
    home = "trainer_adapters.trl.component"
    gdpo = ["--multi_objective_aggregation", "normalize_then_sum", "--reward_weights", "0.6", "0.4"]
    logged = trl_grpo(policy, tmp_path, url, "--reward_funcs", f"{home}.format", f"{home}.accuracy", *gdpo)
    for entry in logged:
        together = 0.6 * entry["rewards/format/mean"] + 0.4 * entry["rewards/accuracy/mean"]
        assert entry["gavel/reward"] == pytest.approx(together)
