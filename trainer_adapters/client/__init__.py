"""The client: rollouts to the reward URL and back, under one deadline, with honest holes."""

from trainer_adapters.client.async_gavel import AsyncGavel
from trainer_adapters.client.gavel import Gavel, shared

__all__ = ["AsyncGavel", "Gavel", "shared"]
