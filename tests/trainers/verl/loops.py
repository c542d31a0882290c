"""verl's reward loop, in this process, over batches made by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from omegaconf import DictConfig
from verl import DataProto
from verl.experimental.reward_loop import RewardLoopWorker
from verl.trainer.ppo.core_algos import compute_gdpo_outcome_advantage, compute_grpo_outcome_advantage

from tests.trainers.verl.batches import Sample, batch_of, response_mask


@dataclass(frozen=True)
class Scored:
    """What a reward loop made of a batch."""

    batch: DataProto
    scores: list[float]
    infos: dict[str, list[float]]
    """By key, for every sample."""

    def rm_scores(self) -> torch.Tensor:
        """The scores as verl lays them over the tokens."""
        from verl.experimental.reward_loop.reward_manager.base import RewardManagerBase

        return RewardManagerBase.assemble_rm_scores(self.batch, self.scores)

    def grpo(self) -> list[float]:
        """Each sample's advantage by verl's own GRPO."""
        mask, uids = response_mask(self.batch), self.batch.non_tensor_batch["uid"]
        return _at_first_token(compute_grpo_outcome_advantage(self.rm_scores(), mask, uids)[0])

    def gdpo(self, *keys: str) -> list[float]:
        """Each sample's advantage by verl's own GDPO over these components."""
        advantages, _ = compute_gdpo_outcome_advantage(
            self.rm_scores(),
            response_mask(self.batch),
            self.batch.non_tensor_batch["uid"],
            config={"gdpo_reward_keys": list(keys)},
            non_tensor_batch={key: np.array(self.infos[key]) for key in keys},
            batch=self.batch.batch,
        )
        return _at_first_token(advantages)


async def score(config: DictConfig, samples: Sequence[Sample]) -> Scored:
    """Score samples as one reward loop worker does."""
    worker = RewardLoopWorker(config)
    batch = batch_of(samples, worker.input_tokenizer)
    outputs = await worker.compute_score_batch(batch)
    infos = [output["reward_extra_info"] for output in outputs]
    assert all(info.keys() == infos[0].keys() for info in infos)
    return Scored(
        batch,
        [output["reward_score"] for output in outputs],
        {key: [info[key] for info in infos] for key in infos[0]},
    )


def _at_first_token(advantages: torch.Tensor) -> list[float]:
    return [float(value) for value in advantages[:, 0]]
