"""slime's samples: what they tell of a rollout, and how an unscored one is marked."""

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

from trainer_adapters.client.origin import Origin, as_told, validation
from trainer_adapters.json_form import plain_items, plain_or_none, present

Reward = float | dict[str, Any]

MARK = "gavel_unscored"
"""Key of a sample's metadata that holds the cause."""


_FILTER = "dynamic_sampling_filter_path"


class Sample(Protocol):
    """The fields of `slime.utils.types.Sample` that are read or set here."""

    group_index: int | None
    index: int | None
    prompt: Any
    response: str
    response_length: int
    label: Any
    reward: Any
    status: Any
    metadata: dict[str, Any]
    remove_sample: bool


def rollout_of(args: Any, sample: Sample) -> dict[str, Any]:
    """A sample as one of the request's rollouts."""
    rollout = {
        "completion": sample.response,
        "prompt": plain_or_none("prompt", sample.prompt) or None,
        "ground_truth": plain_or_none("label", sample.label),
        "metadata": _metadata(sample.metadata),
        "completion_tokens": sample.response_length or None,
        "finish_reason": _finish_reason(sample.status),
        **_place(args, sample),
    }
    return present(rollout)


def origin_of(args: Any, sample: Sample, run: str | None) -> Origin:
    """The run, which slime knows as its W&B group, and the rollout step. Evaluation is a run of its own.

    slime counts groups over the whole run, a batch of them a step; where it samples more than a batch and
    throws some away, nothing tells which step a group is of.
    """
    named = run or getattr(args, "wandb_group", None)
    batch = getattr(args, "rollout_batch_size", None)
    more = (getattr(args, "over_sampling_batch_size", None) or batch) != batch
    if sample.group_index is None:
        return as_told(validation(named), None)
    if not batch or more or getattr(args, _FILTER, None):
        return as_told(named, None)
    return as_told(named, sample.group_index // batch)


def mark(sample: Sample, cause: str | None) -> None:
    """Note why a sample is unscored, and leave it out of the loss; or that it is scored now."""
    metadata = sample.metadata = dict(sample.metadata or {})
    was_marked = metadata.pop(MARK, None) is not None
    if cause is not None:
        metadata[MARK] = cause
        sample.remove_sample = True
    elif was_marked:
        sample.remove_sample = False


def unscored(sample: Sample) -> bool:
    """Whether the reward is a stand-in, by our mark or by that of the URL."""
    if (sample.metadata or {}).get(MARK) is not None or sample.reward is None:
        return True
    return isinstance(sample.reward, Mapping) and bool(sample.reward.get("unscored"))


def value_of(args: Any, sample: Sample) -> float:
    """The number to train with, which `--reward-key` names in an object."""
    key = getattr(args, "reward_key", None)
    return float(sample.reward[key] if key else sample.reward)


def _place(args: Any, sample: Sample) -> dict[str, Any]:
    """Slime counts groups and samples over the whole run. Evaluation has no groups."""
    if sample.group_index is None or sample.index is None:
        return {}
    run = hashlib.sha256(str(getattr(args, "save", None)).encode()).hexdigest()[:12]
    return {
        "id": str(sample.index),
        "group": f"{run}-{sample.group_index}",
        "group_size": getattr(args, "n_samples_per_prompt", None),
    }


def _finish_reason(status: Any) -> str | None:
    return {"truncated": "length", "completed": "stop"}.get(str(getattr(status, "value", status)))


def _metadata(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    told = {name: value for name, value in (metadata or {}).items() if name != MARK and value is not None}
    return dict(plain_items(told))
