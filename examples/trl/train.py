"""Train a policy with TRL against a reward URL, on the CPU where there is no GPU.

python examples/trl/train.py MODEL [--url http://127.0.0.1:8900] [--steps 30] [--gdpo]
"""

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer

from trainer_adapters.trl import components, reward

MESSAGES = Path(__file__).with_name("messages.jsonl")
GROUP = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", help="a folder, or a model of the hub")
    parser.add_argument("--url", default="http://127.0.0.1:8900")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--gdpo", action="store_true", help="standardise each component on its own")
    given = parser.parse_args()
    trainer = GRPOTrainer(
        model=given.model, train_dataset=messages(), **rewarding(given.url, given.steps, gdpo=given.gdpo)
    )
    trainer.train()
    for entry in trainer.state.log_history:
        if "loss" in entry:
            print(
                entry["step"], *(f"{name}={value:.2f}" for name, value in entry.items() if told(name, value))
            )


def messages() -> Dataset:
    """Prompts as chats; `ground_truth` is what the components compare with."""
    rows = [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines()]
    return Dataset.from_list(
        [
            {
                "prompt": [{"role": "user", "content": row["message"]}],
                "ground_truth": {"label": row["label"]},
            }
            for row in rows
        ]
    )


def rewarding(url: str, steps: int, *, gdpo: bool) -> dict[str, Any]:
    """The lines that matter: one function for the sum of the components, or one for each of them."""
    if not gdpo:
        return {"reward_funcs": partial(reward, url=url, group_size=GROUP), "args": settings(steps)}
    functions, weights = components(url=url, group_size=GROUP)
    by_component = {"multi_objective_aggregation": "normalize_then_sum", "reward_weights": weights}
    return {"reward_funcs": functions, "args": settings(steps, **by_component)}


def settings(steps: int, **chosen: Any) -> GRPOConfig:
    on_cpu = not torch.cuda.is_available()
    return GRPOConfig(
        output_dir="trl-run",
        max_steps=steps,
        num_generations=GROUP,
        per_device_train_batch_size=64,
        max_completion_length=24,
        learning_rate=1e-3,
        lr_scheduler_type="constant",
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=on_cpu,
        bf16=not on_cpu,
        gradient_checkpointing=not on_cpu,
        **chosen,
    )


def told(name: str, value: float | None) -> bool:
    if value is None or name.startswith("gavel/unscored/"):
        return False
    return name.startswith("gavel/") or (name.startswith("rewards/") and name.endswith("/mean"))


if __name__ == "__main__":
    main()
