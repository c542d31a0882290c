"""An environment for SkyRL whose reward is the reward URL's.

from skyrl_gym.envs import register

register(
    id="gavel",
    entry_point="trainer_adapters.skyrl.environment:GavelEnv",
    kwargs={"url": URL, "group_size": 8},
)
"""

from collections.abc import Mapping
from typing import Any

from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

from trainer_adapters.skyrl.scoring import options, rollout_of, score_blocking


class GavelEnv(BaseTextEnv):  # type: ignore[misc, unused-ignore]
    """One completion, one reward. A step blocks its thread until the reward is there.

    Options are the fields of `Settings` (`url`, `reward`, `group_size`, ...; the environment's GAVEL_...
    otherwise) and of the policy for unscored rollouts (`on_unscored`, `wait_s`), given to `register`.
    """

    def __init__(
        self,
        env_config: Mapping[str, Any] | None = None,
        extras: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> None:
        super().__init__()
        self._options = options(env_config, given)
        self._row = dict(extras or {})
        self._prompt: Any = None
        self._values: dict[str, float] = {}

    def init(self, prompt: Any) -> tuple[Any, dict[str, Any]]:
        """Keep the prompt for the judge; the policy gets it as it is."""
        self._prompt = prompt
        return prompt, {}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """Score the completion. Raises GavelError."""
        settings, _ = self._options
        rollout = rollout_of(action, self._prompt, self._row, settings.group_size)
        self._values = score_blocking(rollout, *self._options)
        return BaseTextEnvStepOutput(
            observations=[], reward=self._values["score"], done=True, metadata=dict(self._values)
        )

    def get_metrics(self) -> dict[str, float]:
        """Each component's raw value, and `unscored`; SkyRL logs their means."""
        return {f"gavel/{name}": value for name, value in self._values.items()}
