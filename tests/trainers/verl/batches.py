"""Batches as verl's agent loop hands them to a reward manager, made by hand."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from tensordict import TensorDict
from transformers import PreTrainedTokenizerBase
from verl import DataProto

PROMPT_TOKENS = 24
RESPONSE_TOKENS = 32


@dataclass(frozen=True)
class Sample:
    """One rollout: two numbers that are its components, and where it belongs."""

    completion: str
    uid: str = "a"
    prompt: str = "how much?"
    finished: bool = True
    """Whether it ends in EOS; else it is cut off."""
    extra_info: Mapping[str, Any] = field(default_factory=dict)
    ground_truth: Any = "much"


def group(uid: str, *completions: str, **fields: Any) -> list[Sample]:
    """Rollouts of one prompt."""
    return [Sample(completion, uid, **fields) for completion in completions]


def batch_of(samples: Sequence[Sample], tokenizer: PreTrainedTokenizerBase) -> DataProto:
    """Token ids padded as verl pads them, and the row of each sample as numpy arrays of objects.

    As in verl no step has a uid of another's, while the index of a row comes again in each epoch.
    """
    step = uuid.uuid4().hex
    rows = [_row(sample, _expected(sample, tokenizer), step) for sample in samples]
    columns = {name: _objects([row[name] for row in rows]) for name in rows[0]}
    return DataProto(batch=_tensors(samples, tokenizer), non_tensor_batch=columns)


def response_mask(batch: DataProto) -> torch.Tensor:
    """1 for what the policy wrote, 0 for padding."""
    return batch.batch["attention_mask"][:, PROMPT_TOKENS:]


def _tensors(samples: Sequence[Sample], tokenizer: PreTrainedTokenizerBase) -> TensorDict:
    prompts = torch.stack(
        [_padded(_prompt_ids(sample, tokenizer), PROMPT_TOKENS, True) for sample in samples]
    )
    responses = torch.stack(
        [_padded(_response_ids(sample, tokenizer), RESPONSE_TOKENS, False) for sample in samples]
    )
    ids = torch.cat([prompts, responses], dim=1)
    fields = {"prompts": prompts, "responses": responses, "input_ids": ids}
    return TensorDict({**fields, "attention_mask": (ids != 0).long()}, batch_size=len(samples))


def _row(sample: Sample, expected: Mapping[str, Any], step: str) -> dict[str, Any]:
    return {
        "uid": f"{sample.uid}-{step}",
        "data_source": "by_hand",
        "raw_prompt": [{"role": "user", "content": sample.prompt}],
        "reward_model": {"style": "rule", "ground_truth": sample.ground_truth},
        "extra_info": {"index": sample.uid, "expected": expected, **sample.extra_info},
        "__num_turns__": 2,
        "tool_extra_fields": {"turn_scores": [], "raw_prompt": [{"role": "user", "content": sample.prompt}]},
    }


def _expected(sample: Sample, tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """What the component `context` compares with."""
    count = len(_response_ids(sample, tokenizer))
    finish = "stop" if sample.finished else "length" if count >= RESPONSE_TOKENS else None
    asked, truth = f"user: {sample.prompt}", sample.ground_truth
    return {"asked": asked, "truth": truth, "tokens": count, "finish": finish, "turns": 2}


def _prompt_ids(sample: Sample, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    return list(tokenizer(sample.prompt).input_ids)


def _response_ids(sample: Sample, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    ids = list(tokenizer(sample.completion).input_ids)
    return [*ids, tokenizer.eos_token_id] if sample.finished else ids[:RESPONSE_TOKENS]


def _padded(ids: list[int], length: int, left: bool) -> torch.Tensor:
    """Padded with 0, which is the tokenizer's padding."""
    assert 0 < len(ids) <= length, "the test's own text is too long"
    padding = [0] * (length - len(ids))
    return torch.tensor([*padding, *ids] if left else [*ids, *padding])


def _objects(values: Sequence[Any]) -> "np.ndarray[Any, np.dtype[np.object_]]":
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
