"""TRL: GRPOTrainer in Python, or `trl grpo`."""

from collections.abc import Sequence
from keyword import iskeyword

from reward_server.connect.target import Target
from reward_server.connect.trainer import INSTALL, Counts, Snippet, Trainer, exports, listed, spaced

UNSCORED = "None, which TRL leaves out of its group's mean and standard deviation; its advantage is 0."
_REWARD = "trainer_adapters.trl.reward"
_COMPONENTS = "trainer_adapters.trl.component"


def functions(target: Target) -> list[str]:
    """Reward functions by import path: the whole reward, or one for each component."""
    return [f"{_COMPONENTS}.{name}" for name in target.names] if target.components else [_REWARD]


def code(target: Target, before: str = "") -> str:
    """A script with GRPOTrainer; `before` are the lines that come first."""
    funcs, extra = _functions(target)
    imported = (
        "from trainer_adapters.trl import component"
        if target.components
        else "from trainer_adapters.trl import reward"
    )
    return f"""{before}from trl import GRPOConfig, GRPOTrainer

{imported}

trainer = GRPOTrainer(
    model=model,
    reward_funcs={funcs},
    args=GRPOConfig(
        num_generations={target.group_size},
        generation_batch_size={target.batch_size},{extra}
    ),
    train_dataset=dataset,  # columns: prompt, ground_truth, and what your rubric reads as metadata
)
trainer.train()"""


def _functions(target: Target) -> tuple[str, str]:
    if not target.components:
        return "reward", ""
    weights = f"\n        reward_weights={listed(target.weights)},"
    aggregation = '\n        multi_objective_aggregation="normalize_then_sum",'
    return f"[{', '.join(map(_attribute, target.names))}]", aggregation + weights


def _attribute(name: str) -> str:
    if name.isidentifier() and not iskeyword(name):
        return f"component.{name}"
    return f'getattr(component, "{name}")'


def _flags(target: Target) -> str:
    lines = [
        "trl grpo --model_name_or_path MODEL --dataset_name DATASET",
        f"  --reward_funcs {' '.join(functions(target))}",
    ]
    if target.components:
        lines.append("  --multi_objective_aggregation normalize_then_sum")
        lines.append(f"  --reward_weights {spaced(target.weights)}")
    lines.append(f"  --num_generations {target.group_size} --generation_batch_size {target.batch_size}")
    return " \\\n".join(lines)


def _snippets(target: Target) -> Sequence[Snippet]:
    return [
        Snippet("bash", "once, and in every shell that trains", f"{INSTALL}\n{exports(target)}"),
        Snippet("python", "in a script", code(target)),
        Snippet("bash", "or on the command line", _flags(target)),
    ]


TRAINER = Trainer(
    name="trl",
    title="TRL",
    snippets=_snippets,
    counts=Counts.ROLLOUTS,
    batch_setting="generation_batch_size",
    group_setting="num_generations",
    unscored=UNSCORED,
)
