"""ms-swift: a plug-in that registers reward functions."""

from collections.abc import Sequence

from reward_server.connect.target import Target
from reward_server.connect.trainer import INSTALL, Counts, Plugin, Snippet, Trainer, exports, spaced

FILE = "gavel_plugin.py"


def _names(target: Target) -> list[str]:
    return [f"gavel_{name}" for name in target.names] if target.components else ["gavel"]


def _plugin(target: Target) -> str:
    if not target.components:
        imported, entries = "GavelReward", ['orms["gavel"] = GavelReward']
    else:
        pairs = zip(_names(target), target.names, strict=True)
        imported, entries = "component", [f'orms["{entry}"] = component("{name}")' for entry, name in pairs]
    registered = "\n".join(entries)
    return f"""\"\"\"Reward functions of {target.url} for ms-swift.\"\"\"

from swift.rewards import orms
from trainer_adapters.ms_swift import {imported}

{registered}
"""


def _flags(target: Target) -> str:
    lines = [
        "swift rlhf --rlhf_type grpo",
        f"--external_plugins {target.out or FILE} --reward_funcs {' '.join(_names(target))}",
    ]
    if target.components:
        lines.append(f"--scale_rewards gdpo --reward_weights {spaced(target.weights)}")
    lines.append(f"--num_generations {target.group_size} --generation_batch_size {target.batch_size}")
    return " \\\n  ".join(lines)


def _snippets(target: Target) -> Sequence[Snippet]:
    setup = f"{INSTALL}\n{exports(target)}"
    return [
        Snippet("bash", "once, and in every shell that trains", setup),
        Snippet("python", f"{target.out or FILE}, a file of its own", _plugin(target).rstrip()),
        Snippet("bash", "the run", _flags(target)),
    ]


TRAINER = Trainer(
    name="ms-swift",
    title="ms-swift",
    snippets=_snippets,
    counts=Counts.ROLLOUTS,
    batch_setting="--generation_batch_size",
    group_setting="--num_generations",
    unscored="the mean of its group's scored rollouts, since ms-swift would sum it as 0: its "
    "advantage is 0 (GAVEL_ON_UNSCORED: group_mean, none, zero or raise); with --scale_rewards gdpo it is "
    "None, which is masked.",
    plugin=Plugin(FILE, "python", _plugin),
    aliases=("swift",),
)
