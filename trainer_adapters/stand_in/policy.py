"""The options where a trainer cannot leave a rollout out: which server, and what becomes of a hole."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import Any

from trainer_adapters.client.errors import InvalidSetting
from trainer_adapters.client.settings import Settings

LONGEST_WAIT_S = 600.0
POLICIES = ("group_mean", "zero", "raise")
OF_VERL = frozenset(
    {"reward_router_address", "reward_model_tokenizer", "overlong_buffer_cfg", "max_resp_len"}
)
"""What verl hands to a reward function, or its other managers read from the same place."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Policy:
    """What becomes of an unscored rollout."""

    on_unscored: str = "group_mean"
    """`group_mean`: the mean of its group's scored rollouts, so that its advantage is 0. `zero`: 0.0, which
    trains against whatever could not be scored. `raise`: an exception, which ends the run."""
    wait_s: float = 300.0
    """Seconds that `group_mean` waits for the rest of the group. It is generated meanwhile: the training
    step needs the whole group in any case."""
    val_group_size: int = 1
    """Rollouts for each prompt in validation (`val_kwargs.n`), for the reward function; the manager knows."""

    def __post_init__(self) -> None:
        if self.on_unscored not in POLICIES:
            raise InvalidSetting(
                f"on_unscored is {self.on_unscored!r}; it may be one of {', '.join(POLICIES)}"
            )
        if not 0 <= self.wait_s <= LONGEST_WAIT_S:
            raise InvalidSetting(f"wait_s is at least 0 and at most {LONGEST_WAIT_S:g}, not {self.wait_s!r}")

    def check(self, rollout: Mapping[str, Any]) -> None:
        """Raise where `group_mean` could never be computed, at the first call rather than the first hole."""
        if self.on_unscored == "group_mean" and not (rollout.get("group") and rollout.get("group_size")):
            raise InvalidSetting(
                "on_unscored=group_mean needs to know the group and its size: give the rows extra_info.index "
                "and reward_kwargs.group_size (rollout.n), or use the reward manager, which knows both; "
                "or choose on_unscored=zero or on_unscored=raise"
            )


OF_POLICY = frozenset(field.name for field in fields(Policy))
KNOWN = OF_POLICY | {field.name for field in fields(Settings)}


def read(options: Mapping[str, Any]) -> tuple[Settings, Policy]:
    """Settings and policy out of the options of a run, with one warning for each name that is unknown.

    Raises InvalidSetting.
    """
    for name in options:
        if name not in KNOWN | OF_VERL:
            _warn_of(name)
    return _read(tuple(sorted((name, options[name]) for name in KNOWN & set(options))))


@lru_cache(maxsize=64)
def _read(given: tuple[tuple[str, Any], ...]) -> tuple[Settings, Policy]:
    options = {name: value for name, value in given if value is not None}
    policy = {name: value for name, value in options.items() if name in OF_POLICY}
    return Settings.of(**{name: options[name] for name in options.keys() - policy}), Policy(**policy)


@cache
def _warn_of(name: str) -> None:
    _log.warning("%r is no option of gavel's and is ignored; there are %s", name, ", ".join(sorted(KNOWN)))
