"""Rollouts out of the keywords with which TRL calls a reward function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainer_adapters.client.errors import GavelError
from trainer_adapters.json_form import plain_items, plain_or_none
from trainer_adapters.trl.options import GROUND_TRUTH_COLUMNS, Options

Messages = Sequence[Mapping[str, Any]]
Text = str | Messages
"""Plain text, or chat messages."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """What TRL hands over for one rank's completions, one entry of each list for each."""

    prompts: Sequence[Text]
    completions: Sequence[Text]
    completion_ids: Sequence[Sequence[int]] | None
    columns: Mapping[str, Sequence[Any]]
    """The dataset's other columns."""
    step: int | None
    """The optimiser's step; None where TRL does not say."""
    alike: bool
    """Whether the rollouts of a group have equal prompts; environments may add an observation to each."""


def rollouts_of(batch: Batch, options: Options) -> list[Row]:
    """The rollouts as the API takes them, without ids and groups."""
    truths = _ground_truth_column(batch.columns, options)
    rows = _metadata({name: values for name, values in batch.columns.items() if name != truths})
    rollouts: list[Row] = [
        {"prompt": _text(prompt), "completion": _text(completion), "metadata": row}
        for prompt, completion, row in zip(
            batch.prompts, batch.completions, rows or _empty(batch), strict=True
        )
    ]
    if truths is not None:
        for rollout, truth in zip(rollouts, batch.columns[truths], strict=True):
            rollout["ground_truth"] = plain_or_none(truths, truth)
    if batch.completion_ids is not None:
        _count_tokens(rollouts, batch.completion_ids, options.max_completion_length)
    return rollouts


def _ground_truth_column(columns: Mapping[str, object], options: Options) -> str | None:
    wanted = options.ground_truth_column
    if wanted is None:
        return next((name for name in GROUND_TRUTH_COLUMNS if name in columns), None)
    if wanted not in columns:
        there = ", ".join(sorted(columns)) or "none"
        raise GavelError(f"The dataset has no column `{wanted}` for the ground truth. Its columns: {there}.")
    return wanted


def _count_tokens(
    rollouts: Sequence[Row], completion_ids: Sequence[Sequence[int]], limit: int | None
) -> None:
    for rollout, ids in zip(rollouts, completion_ids, strict=True):
        rollout["completion_tokens"] = len(ids)
        if limit is not None:
            rollout["finish_reason"] = "length" if len(ids) >= limit else "stop"


def _text(value: Text) -> object:
    return value if isinstance(value, str) else [_message(message) for message in value]


def _message(message: Mapping[str, Any]) -> Row:
    """What of a message can be scored: no images, no calls of tools."""
    content = message.get("content")
    if content is None:  # an assistant that only calls a tool
        content = ""
    if not isinstance(content, str):
        content = [{"type": "text", "text": part["text"]} for part in content if "text" in part]
    kept = {"role": message["role"], "content": content}
    reasoning = message.get("reasoning_content")
    return {**kept, "reasoning_content": reasoning} if isinstance(reasoning, str) else kept


def _empty(batch: Batch) -> list[Row]:
    return [{} for _ in batch.prompts]


def _metadata(columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    listed = {name: values for name, values in columns.items() if isinstance(values, (list, tuple))}
    rows = zip(*listed.values(), strict=True)
    return [dict(plain_items(dict(zip(listed, row, strict=True)))) for row in rows]
