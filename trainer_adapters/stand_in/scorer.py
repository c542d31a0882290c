"""A rollout's score for a trainer that cannot leave it out: an explicit, counted policy fills holes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from trainer_adapters.client import shared
from trainer_adapters.client.errors import GavelError, Refused
from trainer_adapters.client.origin import UNKNOWN, Origin
from trainer_adapters.client.scores import GroupMean
from trainer_adapters.client.settings import Settings
from trainer_adapters.stand_in.policy import Policy
from trainer_adapters.stand_in.tally import Tally

TAKEN = frozenset(
    {
        *("score", "unscored", "reward", "acc", "acc_success_only", "pred"),
        *("uid", "index", "data_source", "reward_model", "extra_info", "raw_prompt", "reward_extra_info"),
        *("agent_name", "tools_kwargs", "interaction_kwargs", "need_tools_kwargs", "turn_scores"),
        *("multi_modal_data", "multi_modal_inputs", "request_id", "session_id", "tool_rewards", "extras"),
        *("global_steps", "min_global_steps", "max_global_steps"),
    }
)
"""Keys that verl gives a meaning of its own beside those of the reward."""
NOT_FOUND = 404


class UnscoredRollout(GavelError):
    """A rollout could not be scored, and `on_unscored` is `raise`."""


def key_of(component: str) -> str:
    """The key of a component's raw value: its name, or `component_NAME` where verl uses that name itself."""
    return f"component_{component}" if component in TAKEN else component


@dataclass(frozen=True)
class Scorer:
    """Scores rollouts with the same keys for every one of them, as verl requires."""

    settings: Settings
    policy: Policy
    tally: Tally

    async def score(self, rollout: Mapping[str, Any], whose: Origin = UNKNOWN) -> dict[str, float]:
        """`score`, the raw value of each component by its key, and `unscored` (1 where a policy filled in).

        `rollout` is one of the request's rollouts, with `id`, `group` and `group_size` where they are known.
        """
        self.policy.check(rollout)
        gavel = shared(self.settings)
        weights = (await gavel.adescribe()).weights
        result = await gavel.ajoin(rollout, **whose._asdict())
        values = _values(result, weights)
        unscored = values["score"] is None
        self._count(values, str(result["cause"]))
        holes = [key for key, value in values.items() if unscored or value is None]
        filled = {**values, **await self._stand_ins(holes, rollout)} if holes else values
        return {**{key: float(value or 0.0) for key, value in filled.items()}, "unscored": float(unscored)}

    def _count(self, values: Mapping[str, float | None], cause: str) -> None:
        if values["score"] is not None:
            self.tally.scored(values)
            return
        self.tally.unscored(cause)
        if self.policy.on_unscored == "raise":
            raise UnscoredRollout(
                f"the reward server could not score a rollout ({cause}) and on_unscored is raise; "
                "group_mean and zero fill it in"
            )

    async def _stand_ins(self, holes: Sequence[str], rollout: Mapping[str, Any]) -> dict[str, float]:
        """What comes in place of values that there are none of, by key.

        Where nothing of a whole group has a value, 0 does: any constant gives the advantage 0.
        """
        if self.policy.on_unscored != "group_mean":
            return dict.fromkeys(holes, 0.0)
        mean = await self._group(rollout["group"])
        named = {"score": mean.reward, **{key_of(name): value for name, value in mean.components.items()}}
        known = {key: value for key in holes if (value := named.get(key)) is not None}
        unknown = [key for key in holes if key not in known]
        if mean.complete or not unknown:
            return {**dict.fromkeys(unknown, 0.0), **known}
        return {**self.tally.recent(unknown), **known}

    async def _group(self, group: str) -> GroupMean:
        """The means over the group's scored rollouts; none where the server was started again meanwhile."""
        try:
            return await shared(self.settings).agroup(group, self.policy.wait_s)
        except Refused as refusal:
            if refusal.status != NOT_FOUND:
                raise
            return GroupMean(reward=None)


@cache
def scorer(settings: Settings, policy: Policy) -> Scorer:
    """The one for these settings in this process."""
    return Scorer(settings, policy, Tally(time.monotonic, policy.on_unscored))


def _values(result: Mapping[str, Any], weights: Mapping[str, float]) -> dict[str, float | None]:
    columns = result["components"] or {}
    raw = {key_of(name): _value(columns.get(name) or {}, weights[name]) for name in weights}
    return {"score": result["reward"], **raw}


def _value(column: Mapping[str, Any], weight: float) -> float | None:
    """A component's raw value; 0 for all of a group that `renormalise_group` left the component out for.

    It then weighs nothing in that group's rewards, so by itself (GDPO) it must not tell them apart either.
    """
    value: float | None = column.get("value")
    return 0.0 if column.get("weight") == 0 != weight else value
