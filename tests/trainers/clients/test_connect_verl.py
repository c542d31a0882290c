"""verl's own configuration takes the overrides that `gavel connect verl` prints."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trainers.clients.serving import connect, serve_labels

pytest.importorskip("verl")
pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_labels(tmp_path_factory.mktemp("served")) as root:
        yield root


def overrides(printed: str) -> list[str]:
    command = printed.partition("verl.trainer.main_ppo")[2].partition("\n\n")[0].replace("\\\n", " ")
    return shlex.split(command)


def test_the_overrides_compose_to_a_run_with_our_manager(url: str) -> None:
    import verl.trainer
    from hydra import compose, initialize_config_dir

    given = overrides(
        connect("verl", "--url", url, "--batch-size", "64", "--group-size", "4", "--components")
    )
    home = Path(verl.trainer.__path__[0]) / "config"
    with initialize_config_dir(str(home.resolve()), version_base=None):
        config = compose("ppo_trainer", overrides=given)
    assert config.data.train_batch_size == 64
    assert config.actor_rollout_ref.rollout.n == 4
    assert config.reward.reward_manager.source == "importlib"
    assert config.reward.reward_manager.name == "GavelRewardManager"
    assert config.reward.reward_manager.module.path == "pkg://trainer_adapters.verl.manager"
    assert config.reward.reward_kwargs == {"url": url, "reward": "test", "on_unscored": "group_mean"}
    assert config.algorithm.adv_estimator == "gdpo"
    assert config.algorithm.gdpo_reward_keys == ["accuracy", "format"]
    assert config.algorithm.gdpo_reward_weights == [0.75, 0.25]
