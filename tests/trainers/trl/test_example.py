"""examples/trl: the whole script, on the tiny policy."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("trl")

from tests.processes import ROOT
from tests.trainers.trl.serving import root_url, serve

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]

EXAMPLE = ROOT / "examples" / "trl"


def means(policy: Path, folder: Path, *options: str) -> list[dict[str, float]]:
    """What the script prints of each step."""
    with serve(folder, (EXAMPLE / "reward.yaml").read_text(encoding="utf-8")) as server:
        command = [
            sys.executable,
            str(EXAMPLE / "train.py"),
            str(policy),
            "--url",
            root_url(server),
            *options,
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
        )
    assert done.returncode == 0, done.stderr[-4000:]
    steps = [line for line in done.stdout.splitlines() if re.match(r"\d+ ", line)]
    return [{name: float(value) for name, value in re.findall(r"(\S+)=(\S+)", line)} for line in steps]


def test_it_learns(policy: Path, tmp_path: Path) -> None:
    found = means(policy, tmp_path, "--steps", "20")
    assert len(found) == 20
    assert found[-1]["rewards/reward/mean"] > found[0]["rewards/reward/mean"] + 0.1
    assert set(found[0]) == {
        "rewards/reward/mean",
        "gavel/accuracy",
        "gavel/format",
        "gavel/length",
        "gavel/unscored",
    }


def test_by_component(policy: Path, tmp_path: Path) -> None:
    found = means(policy, tmp_path, "--steps", "2", "--gdpo")
    columns = {f"rewards/{name}/mean" for name in ("accuracy", "format", "length")}
    assert set(found[0]) == {*columns, "gavel/reward", "gavel/unscored"}
