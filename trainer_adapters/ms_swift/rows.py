"""What ms-swift tells of a batch, as rollouts."""

from collections.abc import Mapping, Sequence
from typing import Any

from trainer_adapters.json_form import plain_items, plain_or_none, present
from trainer_adapters.naming import group_id

Row = dict[str, Any]

GROUND_TRUTHS = ("ground_truth", "solution", "answer", "label")
"""Columns that may hold the reference, the first that there is."""
NO_METADATA = frozenset(
    {"messages", "prompt_id", "request_id", "finish_reason", "is_truncated", "response_token_ids"}
    | {"trajectory_inputs", "trainer_state", "images", "videos", "audios"}
)


def trajectories(
    completions: Sequence[str], columns: Mapping[str, Any], group_size: int | None, run: str
) -> tuple[list[Row], list[int]]:
    """The rollouts to score, and for each completion the position of its rollout.

    Multi-turn training splits a rollout into samples with one `request_id` and wants one reward for all of
    them: that of the last.
    """
    step = step_of(columns)
    last: dict[str, Row] = {}
    names = []
    for number, completion in enumerate(completions):
        sample = _sample(columns, number)
        rollout = _rollout(completion, sample, number)
        rollout.update(_place(sample, rollout["prompt"], group_size, [run, step]))
        last[rollout["id"]] = present(rollout)
        names.append(rollout["id"])
    positions = {name: place for place, name in enumerate(last)}
    return list(last.values()), [positions[name] for name in names]


def run_of(args: Any) -> str:
    """What tells this run's groups from another's at the same server, the same in every process."""
    return str(getattr(args, "output_dir", None) or "")


def name_of(args: Any) -> str | None:
    """What people call this run: its `run_name`, else the last part of its `output_dir`."""
    named = getattr(args, "run_name", None) or getattr(args, "output_dir", None)
    return str(named).replace("\\", "/").rstrip("/").rpartition("/")[2] if named else None


def step_of(columns: Mapping[str, Any]) -> Any:
    """The optimiser's step; None where ms-swift does not say."""
    return getattr(columns.get("trainer_state"), "global_step", None)


def _sample(columns: Mapping[str, Any], number: int) -> Row:
    listed = ((name, values) for name, values in columns.items() if isinstance(values, (list, tuple)))
    return {name: values[number] for name, values in listed if number < len(values)}


def _rollout(completion: str, sample: Row, number: int) -> Row:
    messages = sample.get("messages") or []
    reference = next((name for name in GROUND_TRUTHS if sample.get(name) is not None), None)
    return {
        "id": str(sample.get("request_id") or number),
        "completion": completion,
        "prompt": plain_or_none("messages", _before_answer(messages)) or None,
        "ground_truth": None if reference is None else plain_or_none(reference, sample[reference]),
        "metadata": _metadata(sample, {*NO_METADATA, reference}),
        "finish_reason": _finish_reason(sample),
        "completion_tokens": _tokens(sample.get("response_token_ids")),
    }


def _place(sample: Row, prompt: Any, group_size: int | None, where: list[Any]) -> Row:
    """ms-swift's `prompt_id` counts the prompts of a step, so the step and the prompt go with it."""
    if sample.get("prompt_id") is None:
        return {}
    return {"group": group_id([*where, sample["prompt_id"], prompt]), "group_size": group_size}


def _before_answer(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    answered = bool(messages) and messages[-1].get("role") == "assistant"
    kept = messages[:-1] if answered else messages
    return [{key: message.get(key) for key in ("role", "content")} for message in kept]


def _metadata(sample: Row, without: set[str | None]) -> Row:
    told = {name: value for name, value in sample.items() if value is not None and name not in without}
    return dict(plain_items(told))


def _finish_reason(sample: Row) -> str | None:
    reason = sample.get("finish_reason")
    if sample.get("is_truncated") or reason == "length":
        return "length"
    return "stop" if reason == "stop" else None


def _tokens(ids: Any) -> int | None:
    """Token ids of a completion, or lists of them, one for each turn."""
    if not ids:
        return None
    return sum(len(turn) if isinstance(turn, (list, tuple)) else 1 for turn in ids)
