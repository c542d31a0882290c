"""verifiers' own configuration takes what `gavel connect prime-rl` writes."""

import tomllib
from pathlib import Path

import pytest

from tests.trainers.clients.serving import connect, serve_labels

pytest.importorskip("verifiers")
pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]


def test_the_source_is_a_nemo_gym_taskset_at_this_url(tmp_path: Path) -> None:
    from verifiers.v1.envs.single_agent import SingleAgentEnvConfig
    from verifiers.v1.tasksets.nemo_gym import NeMoGymConfig

    out = tmp_path / "gavel.toml"
    with serve_labels(tmp_path) as url:
        connect("prime-rl", "--url", url, "--out", str(out))
    (source,) = tomllib.loads(out.read_text(encoding="utf-8"))["orchestrator"]["train"]["source"]
    config = SingleAgentEnvConfig.model_validate(source["env"])
    assert isinstance(config.taskset, NeMoGymConfig)
    assert config.taskset.task.resources_url == f"{url}/nemo-gym/test"
    assert config.taskset.task.headers == {"X-Gavel-Unscored": "fail"}
    assert config.agent.harness.id == "null"
