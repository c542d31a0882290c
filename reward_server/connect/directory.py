"""Every trainer by its name."""

from reward_server.connect.trainer import Trainer
from reward_server.connect.trainers import (
    axolotl,
    ms_swift,
    nemo_gym,
    openrlhf,
    prime_rl,
    skyrl,
    slime,
    trl,
    unsloth,
    verl,
)
from rubrics.problems import ConfigError, did_you_mean

_MODULES = (trl, verl, openrlhf, slime, nemo_gym, prime_rl, ms_swift, skyrl, axolotl, unsloth)
TRAINERS: dict[str, Trainer] = {module.TRAINER.name: module.TRAINER for module in _MODULES}


def find(name: str) -> Trainer:
    """The trainer of this name or alias, whatever its case. Raises ConfigError."""
    wanted = name.lower().replace("_", "-")
    for trainer in TRAINERS.values():
        if wanted in (trainer.name, *trainer.aliases):
            return trainer
    known = [*TRAINERS, *(alias for trainer in TRAINERS.values() for alias in trainer.aliases)]
    shown = name if name.isprintable() else ascii(name)
    raise ConfigError(f"there is no trainer `{shown[:40]}`", hint=did_you_mean(wanted, known))
