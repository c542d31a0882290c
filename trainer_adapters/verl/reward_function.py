"""A reward function for verl: `reward.custom_reward_function.path=pkg://trainer_adapters.verl`.

verl calls it for one sample at a time and knows neither prompt nor group here: the rows bring them, in
`extra_info`. The reward manager in `manager.py` needs no such preparation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer_adapters.client.settings import Settings
from trainer_adapters.json_form import present
from trainer_adapters.naming import rollout_id
from trainer_adapters.stand_in.policy import Policy, read
from trainer_adapters.stand_in.scorer import scorer
from trainer_adapters.verl.row import group_of, is_validation, metadata, origin_of, prompt_of, truth_of


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    **reward_kwargs: Any,
) -> dict[str, float]:
    """Score one completion at the reward URL.

    `reward_kwargs` are the fields of `Settings` (`url`, `reward`, `deadline_s`, `group_size`, ...; the
    environment's GAVEL_... otherwise) and of `Policy` (`on_unscored`, `wait_s`, `val_group_size`).

    Returns the same keys for every sample: `score`, the raw value of each component, and `unscored`, which is
    1.0 where nothing could be scored and `on_unscored` filled in.

    Raises GavelError: a mistake in request or settings, too many holes, or `on_unscored="raise"`.
    """
    settings, policy = read(reward_kwargs)
    row = extra_info or {}
    rollout = {
        "completion": solution_str,
        "prompt": prompt_of(row),
        "ground_truth": truth_of(ground_truth),
        "metadata": metadata(data_source, row),
        **_place(data_source, solution_str, row, settings, policy),
    }
    whose = origin_of(settings.run, row, validating=is_validation(row))
    return await scorer(settings, policy).score(present(rollout), whose)


def _place(
    data_source: str, completion: str, row: Mapping[str, Any], settings: Settings, policy: Policy
) -> dict[str, Any]:
    """Which rollout of which group it is, as far as the row tells."""
    size = policy.val_group_size if is_validation(row) else settings.group_size
    group = group_of(data_source, row, settings.run or "")
    if group is None or size is None:
        return {"group": group}
    return {"id": rollout_id(completion), "group": group, "group_size": size}
