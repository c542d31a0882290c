"""Axolotl: TRL's contract, in YAML."""

from collections.abc import Sequence

from reward_server.connect.target import Target
from reward_server.connect.trainer import INSTALL, Counts, Snippet, Trainer, exports, listed
from reward_server.connect.trainers import trl


def _config(target: Target) -> str:
    listing = "\n".join(f"    - {path}" for path in trl.functions(target))
    lines = [
        "rl: grpo",
        "trl:",
        f"  num_generations: {target.group_size}",
        f"  generation_batch_size: {target.batch_size}",
        f"  reward_funcs:\n{listing}",
    ]
    if target.components:
        lines.append("  multi_objective_aggregation: normalize_then_sum")
        lines.append(f"  reward_weights: {listed(target.weights)}")
    return "\n".join(lines)


def _snippets(target: Target) -> Sequence[Snippet]:
    return [
        Snippet("bash", "once, and in every shell that trains", f"{INSTALL}\n{exports(target)}"),
        Snippet("yaml", "in the configuration", _config(target)),
    ]


TRAINER = Trainer(
    name="axolotl",
    title="Axolotl",
    snippets=_snippets,
    counts=Counts.ROLLOUTS,
    batch_setting="trl.generation_batch_size",
    group_setting="trl.num_generations",
    unscored=trl.UNSCORED,
)
