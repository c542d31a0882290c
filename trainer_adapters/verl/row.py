"""What verl tells of a sample, as the fields of a rollout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer_adapters.client.origin import Origin, as_told, validation
from trainer_adapters.json_form import Json, plain, plain_items, plain_or_none
from trainer_adapters.naming import group_id

PROMPTS = ("prompt", "raw_prompt")
"""Where `extra_info` may hold the prompt: by our data preparation, and by verl's own agent loop."""
STEPS = ("max_global_steps", "global_steps")
"""Where it may hold the step whose weights sampled the completion, or the last of it."""
GROUPS = ("group", "index")
"""Where it may hold what all rollouts of a prompt have in common."""


def metadata(data_source: object, extra_info: Mapping[str, Any]) -> dict[str, Json]:
    """The row as metadata: `data_source`, and all of `extra_info` but the prompt.

    What JSON has no form of is left out, with one warning for each key.
    """
    rest = {key: value for key, value in extra_info.items() if key not in PROMPTS and value is not None}
    return dict(plain_items({"data_source": data_source, **rest}))


def prompt_of(extra_info: Mapping[str, Any]) -> Json:
    """The prompt, text or chat messages, where `extra_info` holds one."""
    held = {key: extra_info[key] for key in PROMPTS if extra_info.get(key) is not None}
    return next((value for _, value in plain_items(held)), None)


def truth_of(value: object) -> Json:
    """The ground truth, or None (and so unscored, `missing_ground_truth`) where JSON has no form of it."""
    return plain_or_none("ground_truth", value)


def group_of(data_source: object, extra_info: Mapping[str, Any], run: str) -> str | None:
    """A name for the prompt that no other row has, or None where the row does not say which it is.

    verl repeats a row for each of its rollouts, so what the row says is the same for all of them.
    """
    row = next((extra_info[key] for key in GROUPS if extra_info.get(key) is not None), None)
    if row is None:
        return None
    return group_id(plain([run, data_source, extra_info.get("split"), row, prompt_of(extra_info)]))


def origin_of(run: str | None, extra_info: Mapping[str, Any], *, validating: bool) -> Origin:
    """The run and the step. Validation is a run of its own, or its lengths and groups would be training's.

    verl's rollout workers tell which step's weights a completion was sampled with. Training samples with
    those of the step before: verl logs it as the next one.
    """
    sampled = as_told(None, next((extra_info[key] for key in STEPS if extra_info.get(key) is not None), None))
    if validating:
        return sampled._replace(run=validation(run))
    return as_told(run, None if sampled.step is None else sampled.step + 1)


def is_validation(extra_info: Mapping[str, Any]) -> bool:
    """Whether the row's `split` says that it is not for training. verl's own data preparation writes it."""
    split = extra_info.get("split")
    return isinstance(split, str) and not split.lower().startswith("train")
