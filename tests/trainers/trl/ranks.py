"""One rank of two, whose groups of four straddle the ranks: `torchrun -m tests.trainers.trl.ranks`."""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from tests.trainers.trl.training import train
from trainer_adapters.trl import components, reward

GROUP = 4
ROLLOUTS = 6
"""Of a rank and step: a group and a half."""
STEPS = 2


def main() -> None:
    """Train by the sum of the components, then by each of them (GDPO)."""
    policy, folder, url = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    shape: dict[str, Any] = {
        "per_device_train_batch_size": ROLLOUTS,
        "num_generations": GROUP,
        "ddp_backend": "gloo",
    }
    bound: dict[str, Any] = {"url": url, "group_size": GROUP, "deadline_s": 30}
    trainer = train(policy, folder / "sum", partial(reward, **bound), STEPS, **shape)
    functions, weights = components(**bound)
    gdpo: dict[str, Any] = {"multi_objective_aggregation": "normalize_then_sum", "reward_weights": weights}
    by_component = train(policy, folder / "gdpo", functions, STEPS, **shape, **gdpo)
    if trainer.accelerator.is_main_process:
        for name, done in (("sum", trainer), ("gdpo", by_component)):
            (folder / f"{name}.json").write_text(json.dumps(done.state.log_history), encoding="utf-8")


if __name__ == "__main__":
    main()
