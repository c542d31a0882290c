"""Adapters that let a trainer's process score its rollouts at a gavel server's reward URL."""

from trainer_adapters.client import AsyncGavel, Gavel, shared
from trainer_adapters.client.errors import GavelError, InvalidSetting, Refused, TooManyUnscored, Unreachable
from trainer_adapters.client.scores import Description, GroupMean, Result, Scores
from trainer_adapters.client.settings import Settings

__all__ = [
    "AsyncGavel",
    "Description",
    "Gavel",
    "GavelError",
    "GroupMean",
    "InvalidSetting",
    "Refused",
    "Result",
    "Scores",
    "Settings",
    "TooManyUnscored",
    "Unreachable",
    "shared",
]
