"""Two real ranks under torchrun, with halves of some groups, and a component that compares whole groups."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

pytest.importorskip("trl")

from pandas import DataFrame

from tests.processes import ROOT
from tests.trainers.trl.ranks import GROUP, ROLLOUTS, STEPS
from tests.trainers.trl.serving import RELATIVE, free_port, root_url, serve
from tests.trainers.trl.training import advantages, completions, train
from trainer_adapters.client.errors import Refused
from trainer_adapters.trl import reward

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default"), pytest.mark.timeout(180)]


def run_ranks(policy: Path, folder: Path, url: str) -> dict[str, list[dict[str, Any]]]:
    """What rank 0 logged in each of the two runs."""
    launch = ["-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", str(free_port())]
    command = [sys.executable, *launch, "-m", "tests.trainers.trl.ranks", str(policy), str(folder), url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return {
        run: [entry for entry in json.loads((folder / f"{run}.json").read_text()) if "loss" in entry]
        for run in ("sum", "gdpo")
    }


def briefness(table: DataFrame) -> list[float]:
    """What `brief` is, by hand: the part of the group that is at least as long."""
    lengths = [len(completion[0]["content"]) for completion in table["completion"]]
    found = []
    for start in range(0, len(lengths), GROUP):
        group = lengths[start : start + GROUP]
        found += [sum(length <= other for other in group) / GROUP for length in group]
    return found


def test_groups_over_two_ranks_are_compared_as_wholes(policy: Path, tmp_path: Path) -> None:
    with serve(tmp_path, RELATIVE) as server:
        logged = run_ranks(policy, tmp_path, root_url(server))
        for step in range(1, STEPS + 1):
            check_sum(tmp_path / "sum", step, logged["sum"][step - 1])
            check_gdpo(tmp_path / "gdpo", step, logged["gdpo"][step - 1])


def check_sum(folder: Path, step: int, logged: dict[str, Any]) -> None:
    table = completions(folder, step)
    assert len(table) == 2 * ROLLOUTS
    straddling = table["prompt"][GROUP : 2 * GROUP]
    assert len({prompt[0]["content"] for prompt in straddling}) == 1
    brief = briefness(table)
    assert table["gavel/brief"].tolist() == pytest.approx(brief)
    formed = table["gavel/format"].tolist()
    rewarded = [(form + short) / 2 for form, short in zip(formed, brief, strict=True)]
    assert table["reward"].tolist() == pytest.approx(rewarded)
    assert table["advantage"].tolist() == pytest.approx(advantages(rewarded, GROUP), abs=1e-3)
    assert logged["gavel/brief"] == pytest.approx(mean(brief))
    assert logged["gavel/format"] == pytest.approx(mean(formed))
    assert logged["gavel/unscored"] == 0


def check_gdpo(folder: Path, step: int, logged: dict[str, Any]) -> None:
    table = completions(folder, step)
    brief = briefness(table)
    assert table["brief"].tolist() == pytest.approx(brief)
    assert logged["rewards/brief/mean"] == pytest.approx(mean(brief))
    assert logged["gavel/unscored"] == 0


def test_a_relative_reward_without_a_group_size_is_refused_with_advice(policy: Path, tmp_path: Path) -> None:
    with serve(tmp_path, RELATIVE) as server, pytest.raises(Refused, match="group_size"):
        train(policy, tmp_path, partial(reward, url=root_url(server)), 1)
