"""SkyRL: an environment, registered by an entry point of one's own."""

import json
from collections.abc import Sequence

from reward_server.connect.target import Target
from reward_server.connect.trainer import INSTALL, Counts, Plugin, Snippet, Trainer

FILE = "main_gavel.py"


def _main(target: Target) -> str:
    options = {
        "url": target.url,
        "reward": target.reward,
        "group_size": target.group_size,
        "on_unscored": "group_mean",
    }
    kwargs = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in options.items() if value)
    return f"""\"\"\"SkyRL with the reward of {target.url}.\"\"\"

import sys

import ray
from skyrl.train.config import SkyRLTrainConfig
from skyrl.train.entrypoints.main_base import BasePPOExp
from skyrl.train.utils import initialize_ray, validate_cfg
from skyrl_gym.envs import register


@ray.remote(num_cpus=1)
def train(cfg):
    options = {{{kwargs}}}
    register(id="gavel", entry_point="trainer_adapters.skyrl.environment:GavelEnv", kwargs=options)
    BasePPOExp(cfg).run()


if __name__ == "__main__":
    cfg = SkyRLTrainConfig.from_cli_overrides(sys.argv[1:])
    validate_cfg(cfg)
    initialize_ray(cfg)
    ray.get(train.remote(cfg))
"""


def _overrides(target: Target) -> str:
    lines = [
        f"python {target.out or FILE}",
        "environment.env_class=gavel",
        f"environment.skyrl_gym.max_env_workers={min(target.batch_size * target.group_size, 1024)}",
        f"trainer.train_batch_size={target.batch_size} generator.n_samples_per_prompt={target.group_size}",
        "generator.batched=false",
    ]
    return " \\\n  ".join(lines)


def _snippets(target: Target) -> Sequence[Snippet]:
    return [
        Snippet("bash", "once, on every node", INSTALL),
        Snippet("python", target.out or FILE, _main(target).rstrip()),
        Snippet(
            "bash", "the run; a step waits in a thread of its own, so let there be many", _overrides(target)
        ),
    ]


TRAINER = Trainer(
    name="skyrl",
    title="SkyRL",
    snippets=_snippets,
    counts=Counts.PROMPTS,
    batch_setting="trainer.train_batch_size",
    group_setting="generator.n_samples_per_prompt",
    unscored="the mean of its group's scored rollouts, since SkyRL cannot mask it: its advantage is 0 "
    "(on_unscored: group_mean, zero or raise); the metric gavel/unscored counts them.",
    plugin=Plugin(FILE, "python", _main),
    components="SkyRL's environments have one reward; the components are in its metrics (gavel/NAME).",
)
