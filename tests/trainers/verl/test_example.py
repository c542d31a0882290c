"""examples/verl: its rows through verl's own dataset, its command through verl's own configuration."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from verl.utils import hf_tokenizer
from verl.utils.dataset.rl_dataset import RLHFDataset

from tests.processes import ROOT, start_server
from tests.trainers.verl.batches import Sample
from tests.trainers.verl.configs import composed
from tests.trainers.verl.conftest import GAVEL
from tests.trainers.verl.loops import score

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("ignore")]

EXAMPLE = ROOT / "examples" / "verl"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    subprocess.run([sys.executable, EXAMPLE / "prepare.py", folder], check=True, capture_output=True)
    return folder


def overrides(data: Path) -> list[str]:
    """What the script passes to verl: `python3` is a program here that prints what it is called with."""
    fake = data / "python3"
    fake.write_text(
        '#!/bin/sh\ncase "$1" in -c) exec "$REAL" "$@";; esac\nshift 2\nprintf "%s\\n" "$@"\n',
        encoding="utf-8",
    )
    fake.chmod(0o755)
    told = {
        "PATH": f"{data}:{os.environ['PATH']}",
        "REAL": sys.executable,
        "DATA": str(data),
        "PYTHONPATH": str(ROOT),
    }
    script = ["sh", str(EXAMPLE / "run.sh")]
    done = subprocess.run(script, env={**os.environ, **told}, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


async def test_the_command_and_the_rows_make_a_reward(data: Path, model: Path) -> None:
    with start_server(
        GAVEL, "serve", str(EXAMPLE / "reward.yaml"), "--port", "0", "--log-level", "error"
    ) as server:
        config = composed(
            *overrides(data),
            f"actor_rollout_ref.model.path={model}",
            f"reward.reward_kwargs.url={server.root_url}",
            "actor_rollout_ref.rollout.n=2",
        )
        dataset = RLHFDataset(
            data_files=config.data.train_files,
            tokenizer=hf_tokenizer(str(model)),
            config=OmegaConf.create(config.data),
        )
        row = dataset[5]
        assert row["extra_info"]["index"] == 5
        truth = row["reward_model"]["ground_truth"]
        told = {"uid": "5", "prompt": "a sum", "ground_truth": truth, "extra_info": row["extra_info"]}
        scored = await score(
            config,
            [
                Sample(f"<think> add </think> {truth}", **told),
                Sample(f"<think> add </think> {truth}1", **told),
            ],
        )
    assert scored.scores == [1.0, pytest.approx(0.1)]
    assert set(scored.infos) == {"score", "accuracy", "format", "unscored"}


def test_rows_know_their_split(data: Path, model: Path) -> None:
    config = OmegaConf.create({"max_prompt_length": 128, "filter_overlong_prompts": False})
    rows = RLHFDataset(
        data_files=str(data / "test.parquet"), tokenizer=hf_tokenizer(str(model)), config=config
    )
    assert len(rows) == 64
    assert {rows[place]["extra_info"]["split"] for place in range(64)} == {"test"}


def test_options_that_docs_verl_md_names_are_verls(model: Path) -> None:
    """Every override in the page composes with verl's own configuration."""
    page = (ROOT / "docs" / "verl.md").read_text(encoding="utf-8")
    blocks = [block for block in page.split("```")[1::2] if block.startswith("bash") and "reward." in block]
    assert len(blocks) >= 3
    for block in blocks:
        words = shlex.split(block.removeprefix("bash").replace("\\\n", " "), comments=True)
        composed(*(word for word in words if "=" in word and "." in word.partition("=")[0]))
