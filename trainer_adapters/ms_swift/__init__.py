"""ms-swift: reward functions for `--external_plugins`."""

from trainer_adapters.ms_swift.reward_function import GavelReward, component

__all__ = ["GavelReward", "component"]
