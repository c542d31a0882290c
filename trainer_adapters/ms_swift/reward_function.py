"""Reward functions for ms-swift: `--external_plugins plugin.py --reward_funcs gavel`.

    from swift.rewards import orms
    from trainer_adapters.ms_swift import GavelReward, component

    orms["gavel"] = GavelReward
    orms["gavel_accuracy"] = component("accuracy")

The plug-in must be a file of its own: ms-swift puts its folder first on `sys.path`, and files of this folder
would hide trl and verl there.
"""

import os
from collections.abc import Sequence
from typing import Any, ClassVar

from trainer_adapters.client import Gavel, shared
from trainer_adapters.client.column import column
from trainer_adapters.client.errors import GavelError
from trainer_adapters.client.origin import as_told
from trainer_adapters.client.scores import Scores
from trainer_adapters.client.settings import Settings
from trainer_adapters.client.sharing import Sharing
from trainer_adapters.ms_swift.holes import fill
from trainer_adapters.ms_swift.rows import Row, name_of, run_of, step_of, trajectories
from trainer_adapters.naming import group_id

POLICIES = ("group_mean", "none", "zero", "raise")

Value = float | None

_SHARING = Sharing()


class GavelReward:
    """Scores a batch at the reward URL: the whole reward, or one `component` of it.

    Settings come from the environment (GAVEL_URL, GAVEL_REWARD, ...), `num_generations` from ms-swift.
    GAVEL_ON_UNSCORED says what becomes of an unscored rollout, which ms-swift cannot leave out of a sum:
    `group_mean` (the default) is the mean of its group's scored rollouts, so that its advantage is 0;
    `none` is None, which `--scale_rewards gdpo` masks (the default there) and everything else takes for 0;
    `zero` and `raise` are what they say.

    Raises GavelError: a mistake in request or settings, or too many holes.
    """

    component: ClassVar[str | None] = None

    def __init__(self, args: Any = None, **_: Any) -> None:
        self.args = args
        size = getattr(args, "num_generations", None)
        self.settings = Settings.of()
        self._group_size = self.settings.group_size or size
        self._on_unscored = _policy(args)

    async def __call__(self, completions: Sequence[str], **columns: Any) -> list[Value]:
        """One reward for each completion, in their order."""
        rollouts, places = trajectories(completions, columns, self._group_size, run_of(self.args))
        whose = as_told(self.settings.run or name_of(self.args), step_of(columns))
        gavel = shared(self.settings)
        batch = (self.settings, group_id(rollouts), whose)
        scores = await _SHARING.share(
            self.component or "", batch, lambda: gavel.ascore(rollouts, **whose._asdict())
        )
        values = await self._values(scores, gavel)
        if None in values and self._on_unscored != "none":
            values = await self._filled(values, rollouts, scores, gavel)
        return [values[place] for place in places]

    async def _values(self, scores: Scores, gavel: Gavel) -> list[Value]:
        return scores.rewards if self.component is None else await column(scores, self.component, gavel)

    async def _filled(
        self, values: list[Value], rollouts: list[Row], scores: Scores, gavel: Gavel
    ) -> list[Value]:
        if self._on_unscored == "zero":
            return [0.0 if value is None else value for value in values]
        if self._on_unscored == "raise":
            cause = next((cause for cause in scores.causes if cause), None)
            raise GavelError(f"the reward server could not score a rollout: {cause}")
        return await fill(values, rollouts, gavel, self.component)


def component(name: str) -> type[GavelReward]:
    """A reward function for one component's raw value. All of them share one request for each batch."""
    return type(name, (GavelReward,), {"component": name, "__doc__": f"The component `{name}`."})


def _policy(args: Any) -> str:
    usual = "none" if getattr(args, "scale_rewards", None) == "gdpo" else "group_mean"
    policy = os.environ.get("GAVEL_ON_UNSCORED") or usual
    if policy not in POLICIES:
        raise GavelError(f"GAVEL_ON_UNSCORED is {policy!r}; it may be one of {', '.join(POLICIES)}")
    return policy
