"""verl: a reward function for `reward.custom_reward_function`, and in `manager` a reward manager."""

from trainer_adapters.verl.reward_function import compute_score

__all__ = ["compute_score"]
