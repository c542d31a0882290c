"""What verl tells of a sample, as the fields of a rollout."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import uuid
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

Json = Any
"""None, a bool, a number, text, or lists and objects of these."""

PROMPTS = ("prompt", "raw_prompt")
"""Where `extra_info` may hold the prompt: by our data preparation, and by verl's own agent loop."""
GROUPS = ("group", "index")
"""Where it may hold what all rollouts of a prompt have in common."""

_log = logging.getLogger(__name__)


def plain(value: object) -> Json:
    """The JSON form of what verl carries: numpy scalars and arrays, mappings and sequences of such.

    Raises TypeError for what JSON has no form of: images, NaN, objects.
    """
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def metadata(data_source: object, extra_info: Mapping[str, Any]) -> dict[str, Json]:
    """The row as metadata: `data_source`, and all of `extra_info` but the prompt.

    What JSON has no form of is left out, with one warning for each key.
    """
    rest = {key: value for key, value in extra_info.items() if key not in PROMPTS and value is not None}
    return dict(_plain_items({"data_source": data_source, **rest}))


def prompt_of(extra_info: Mapping[str, Any]) -> Json:
    """The prompt, text or chat messages, where `extra_info` holds one."""
    held = {key: extra_info[key] for key in PROMPTS if extra_info.get(key) is not None}
    return next((value for _, value in _plain_items(held)), None)


def truth_of(value: object) -> Json:
    """The ground truth, or None (and so unscored, `missing_ground_truth`) where JSON has no form of it."""
    return next((plain_value for _, plain_value in _plain_items({"ground_truth": value})), None)


def group_of(data_source: object, extra_info: Mapping[str, Any], run: str) -> str | None:
    """A name for the prompt that no other row has, or None where the row does not say which it is.

    verl repeats a row for each of its rollouts, so what the row says is the same for all of them.
    """
    row = next((extra_info[key] for key in GROUPS if extra_info.get(key) is not None), None)
    if row is None:
        return None
    named = [run, data_source, extra_info.get("split"), row, prompt_of(extra_info)]
    return hashlib.sha256(json.dumps(plain(named), sort_keys=True).encode()).hexdigest()[:32]


def rollout_id(completion: str) -> str:
    """A name for one rollout of a group, whose order depends on what was written, not on when."""
    digest = hashlib.sha256(completion.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{digest}-{uuid.uuid4().hex[:12]}"


def is_validation(extra_info: Mapping[str, Any]) -> bool:
    """Whether the row's `split` says that it is not for training. verl's own data preparation writes it."""
    split = extra_info.get("split")
    return isinstance(split, str) and not split.lower().startswith("train")


def _plain_items(items: Mapping[str, object]) -> Iterator[tuple[str, Json]]:
    for key, value in items.items():
        try:
            yield key, plain(value)
        except TypeError as reason:  # noqa: PERF203 - each key may fail by itself
            _warn_of(key, str(reason))


@cache
def _warn_of(key: str, reason: str) -> None:
    _log.warning("%r is not sent to the reward server: %s", key, reason)
