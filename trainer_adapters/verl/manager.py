"""A reward manager for verl, loaded by `reward.reward_manager.source=importlib`.

    reward.reward_manager.source=importlib
    reward.reward_manager.name=GavelRewardManager
    reward.reward_manager.module.path=pkg://trainer_adapters.verl.manager
    +reward.reward_kwargs.url=http://127.0.0.1:8900

A manager sees what a reward function does not: the prompt, the group (verl's `uid`) and the tokens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from verl.experimental.reward_loop.reward_manager.base import RewardManagerBase

from trainer_adapters.json_form import present
from trainer_adapters.naming import rollout_id
from trainer_adapters.stand_in.policy import read
from trainer_adapters.stand_in.scorer import scorer
from trainer_adapters.verl.row import group_of, is_validation, metadata, origin_of, prompt_of, truth_of


class GavelRewardManager(RewardManagerBase):  # type: ignore[misc, unused-ignore]
    """Scores each sample at the reward URL; samples that come together share a request.

    Options are those of `compute_score`, under `reward.reward_kwargs`.
    """

    def __init__(self, config: Any, tokenizer: Any, compute_score: Any = None, **_unused: Any) -> None:
        super().__init__(config, tokenizer, compute_score)
        self._settings, self._policy = read(config.reward.get("reward_kwargs") or {})
        self._experiment = (config.get("trainer") or {}).get("experiment_name")
        self._rollout_config = config.actor_rollout_ref.rollout
        # ReMax adds a greedy baseline to the rollouts of a prompt, with the same uid.
        self._baselines = int(str(config.get("algorithm", {}).get("adv_estimator")) == "remax")

    async def run_single(self, data: Any) -> dict[str, Any]:
        """Score the one trajectory in a DataProto: of several sequences the last, as verl's managers do."""
        extra_info = _extra_info(data[-1:][0].non_tensor_batch)
        validating = _validating(data, extra_info)
        whose = origin_of(self._settings.run or self._experiment, extra_info, validating=validating)
        values = await scorer(self._settings, self._policy).score(await self._rollout(data), whose)
        return {"reward_score": values["score"], "reward_extra_info": values}

    async def _rollout(self, data: Any) -> dict[str, Any]:
        item = data[-1:][0]
        row = item.non_tensor_batch
        ids = _response(item.batch)
        text = await asyncio.to_thread(self.tokenizer.decode, ids, skip_special_tokens=True)
        extra_info = _extra_info(row)
        validating = _validating(data, extra_info)
        rollout = {
            "completion": text,
            "prompt": prompt_of(extra_info),
            "ground_truth": truth_of((row.get("reward_model") or {}).get("ground_truth")),
            "metadata": metadata(row.get("data_source"), extra_info),
            "completion_tokens": len(ids),
            "finish_reason": self._finish_reason(ids),
            **self._place(row, extra_info, text, self._group_size(validating)),
        }
        return present(rollout)

    def _group_size(self, validating: bool) -> int:
        if validating:
            return int(self._rollout_config.val_kwargs.n)
        return self._settings.group_size or int(self._rollout_config.n) + self._baselines

    def _place(
        self, row: Mapping[str, Any], extra_info: Mapping[str, Any], text: str, size: int
    ) -> dict[str, Any]:
        """Which rollout of which group: verl's `uid`, or the row where a version does not pass that on."""
        uid = row.get("uid")
        group = (
            group_of(row.get("data_source"), extra_info, self._settings.run or "")
            if uid is None
            else str(uid)
        )
        if group is None:
            return {}
        return {"id": rollout_id(text), "group": group, "group_size": size}

    def _finish_reason(self, ids: Any) -> str | None:
        """`stop` where the completion ends in EOS, `length` where it fills its budget, else not known."""
        if len(ids) and int(ids[-1]) == self.tokenizer.eos_token_id:
            return "stop"
        return "length" if len(ids) >= int(self._rollout_config.response_length) else None


def _response(batch: Any) -> Any:
    """The token ids of the response without its padding."""
    length = batch["responses"].shape[-1]
    return batch["responses"][: int(batch["attention_mask"][-length:].sum())]


def _validating(data: Any, extra_info: Mapping[str, Any]) -> bool:
    return bool(data.meta_info.get("validate")) or is_validation(extra_info)


def _extra_info(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row's extra info with what the agent loop adds, and the prompt that was really asked."""
    told = {**(row.get("extra_info") or {}), **(row.get("tool_extra_fields") or {})}
    if row.get("__num_turns__") is not None:
        told["num_turns"] = row["__num_turns__"]
    return {**told, "raw_prompt": row["raw_prompt"]} if row.get("raw_prompt") is not None else told
