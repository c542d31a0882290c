"""A real GRPOTrainer on the tiny policy, and what it wrote down."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from datasets import Dataset
from transformers import AutoTokenizer, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from tests.trainers.tiny_policy import MESSAGES, SPAM, conversation

TOKENS = 24
GENERATIONS = 8

RewardFunctions = Callable[..., Any] | Sequence[Callable[..., Any]]


def dataset(*, chat: bool = True) -> Dataset:
    """Every message once, with its ground truth."""
    rows = [
        {
            "prompt": conversation(message) if chat else message,
            "ground_truth": {"label": "spam" if message in SPAM else "ham"},
            "source": f"message {number}",
        }
        for number, message in enumerate(MESSAGES)
    ]
    return Dataset.from_list(rows)


def train(
    policy: Path,
    folder: Path,
    reward: RewardFunctions,
    steps: int,
    *,
    rows: Dataset | None = None,
    callbacks: Sequence[TrainerCallback] = (),
    **config: Any,
) -> GRPOTrainer:
    """Train on the CPU for some steps, with every step logged and its completions written down."""
    torch.set_num_threads(1)
    trainer = GRPOTrainer(
        model=str(policy),
        reward_funcs=list(reward) if isinstance(reward, Sequence) else reward,
        args=_config(folder, steps, **config),
        train_dataset=dataset() if rows is None else rows,
        processing_class=AutoTokenizer.from_pretrained(policy, padding_side="left"),
        callbacks=list(callbacks),
    )
    trainer.train()
    return trainer


def _config(folder: Path, steps: int, **config: Any) -> GRPOConfig:
    chosen = {
        "max_steps": steps,
        "per_device_train_batch_size": 64,
        "num_generations": GENERATIONS,
        "max_completion_length": TOKENS,
        "learning_rate": 1e-3,
        "lr_scheduler_type": "constant",
        "logging_steps": 1,
        "log_completions": True,
        "num_completions_to_print": 0,
        "save_strategy": "no",
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "report_to": [],
        "disable_tqdm": True,
        "seed": 7,
        **config,
    }
    return GRPOConfig(output_dir=str(folder / "run"), **chosen)


def history(trainer: GRPOTrainer, name: str) -> list[float | None]:
    """A logged metric at every step."""
    return [entry[name] for entry in trainer.state.log_history if "loss" in entry]


def completions(folder: Path, step: int) -> pd.DataFrame:
    """The completions of a step with what was logged of each."""
    return pd.read_parquet(folder / "run" / "completions" / f"completions_{step:05d}.parquet")


def as_rollouts(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The completions of a step as the API takes them."""
    return [
        {
            "completion": row["completion"][0]["content"],
            "ground_truth": {"label": "spam" if row["prompt"][0]["content"] in SPAM else "ham"},
        }
        for row in table.to_dict("records")
    ]


def advantages(rewards: Sequence[float | None], group: int) -> list[float]:
    """GRPO's advantages as TRL documents them: a hole is no sibling and has none itself."""
    found = []
    for start in range(0, len(rewards), group):
        scored = [reward for reward in rewards[start : start + group] if reward is not None]
        mean = sum(scored) / max(len(scored), 1)
        deviation = math.sqrt(sum((reward - mean) ** 2 for reward in scored) / max(len(scored) - 1, 1))
        found += [
            0.0 if reward is None else (reward - mean) / (deviation + 1e-4)
            for reward in rewards[start : start + group]
        ]
    return found
