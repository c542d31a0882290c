"""What SkyRL's environment sends and gets, without SkyRL."""

import asyncio
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from trainer_adapters.client.errors import GavelError
from trainer_adapters.client.origin import as_told
from trainer_adapters.client.settings import Settings
from trainer_adapters.json_form import plain, plain_items, plain_or_none, present
from trainer_adapters.naming import group_id, rollout_id
from trainer_adapters.stand_in.policy import Policy, read
from trainer_adapters.stand_in.scorer import scorer

Row = dict[str, Any]


def options(env_config: Mapping[str, Any] | None, given: Mapping[str, Any]) -> tuple[Settings, Policy]:
    """Settings and policy, what was given to `register` first. Raises GavelError."""
    settings, policy = read({**(env_config or {}), **given})
    if policy.on_unscored == "group_mean" and settings.group_size is None:
        raise GavelError(
            "on_unscored=group_mean needs to know how many rollouts a group has: give group_size "
            "(generator.n_samples_per_prompt) to register(..., kwargs=...), or choose on_unscored=zero "
            "or on_unscored=raise"
        )
    return settings, policy


def rollout_of(completion: str, prompt: Any, row: Mapping[str, Any], group_size: int | None) -> Row:
    """A completion and its row of the dataset, which SkyRL repeats for each rollout of a group."""
    spec = row.get("reward_spec") or {}
    ground_truth, asked = plain_or_none("ground_truth", spec.get("ground_truth")), plain(prompt)
    told = {name: value for name, value in row.items() if name not in ("reward_spec", "max_turns")}
    rollout = {
        "id": rollout_id(completion),
        "completion": completion,
        "prompt": asked,
        "ground_truth": ground_truth,
        "metadata": dict(plain_items(told)),
        "group": group_id([asked, ground_truth, plain(row.get("uid"))]),
        "group_size": group_size,
    }
    return present(rollout)


def score_blocking(rollout: Row, settings: Settings, policy: Policy) -> dict[str, float]:
    """`score`, each component by name, and `unscored`; from any thread, one with an event loop as well."""
    return _wait(scorer(settings, policy).score(rollout, as_told(settings.run, None)))


def _wait(work: Coroutine[Any, Any, dict[str, float]]) -> dict[str, float]:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
