"""verl's own configuration of a PPO run, with the lines that docs/verl.md tells a user to write."""

from pathlib import Path

import verl.trainer.config
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from verl.experimental.reward_loop import migrate_legacy_reward_impl

from tests.processes import ROOT
from tests.trainers.verl.batches import RESPONSE_TOKENS

FUNCTION = ROOT / "trainer_adapters" / "verl" / "reward_function.py"
MANAGER = "pkg://trainer_adapters.verl.manager"


def with_function(model: Path, *, n: int = 4, **options: object) -> DictConfig:
    """A run whose reward is our function under verl's naive manager, loaded by path."""
    prefix = "+reward.custom_reward_function.reward_kwargs"
    return _run(
        model,
        n,
        f"reward.custom_reward_function.path={FUNCTION}",
        *(f"{prefix}.{name}={value}" for name, value in {"group_size": n, **options}.items()),
    )


def with_manager(model: Path, *, n: int = 4, **options: object) -> DictConfig:
    """A run whose reward is our manager."""
    return _run(
        model,
        n,
        "reward.reward_manager.source=importlib",
        "reward.reward_manager.name=GavelRewardManager",
        f"reward.reward_manager.module.path={MANAGER}",
        *(f"+reward.reward_kwargs.{name}={value}" for name, value in options.items()),
    )


def _run(model: Path, n: int, *overrides: str) -> DictConfig:
    return composed(
        f"actor_rollout_ref.model.path={model}",
        f"actor_rollout_ref.rollout.n={n}",
        f"data.max_response_length={RESPONSE_TOKENS}",
        "reward.num_workers=2",
        *overrides,
    )


def composed(*overrides: str) -> DictConfig:
    """The configuration as verl's main program has it, before the workers start."""
    folder = Path(verl.trainer.config.__file__).parent
    with initialize_config_dir(str(folder), version_base=None):
        return migrate_legacy_reward_impl(compose("ppo_trainer", overrides=list(overrides)))
