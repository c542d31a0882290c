"""TRL's GRPOTrainer, and those that are built on it: Unsloth, Axolotl."""

from trainer_adapters.trl.reward_function import components, reward

__all__ = ["components", "reward"]
