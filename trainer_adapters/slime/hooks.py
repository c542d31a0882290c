"""Hooks for slime, which can leave an unscored sample out of the loss and of its group's baseline.

    --custom-rm-path trainer_adapters.slime.custom_rm
    --rollout-sample-filter-path trainer_adapters.slime.sample_filter
    --custom-reward-post-process-path trainer_adapters.slime.post_process

Settings come from the environment (GAVEL_URL, GAVEL_REWARD, ...).
"""

import asyncio
from collections.abc import Sequence
from typing import Any, overload

from trainer_adapters.client import shared
from trainer_adapters.client.settings import Settings
from trainer_adapters.slime.groups import flat, normalised
from trainer_adapters.slime.sample import Reward, Sample, mark, origin_of, rollout_of, unscored, value_of


@overload
async def custom_rm(args: Any, sample: Sample, **_: Any) -> Reward: ...
@overload
async def custom_rm(args: Any, sample: Sequence[Sample], **_: Any) -> list[Reward]: ...
async def custom_rm(args: Any, sample: Sample | Sequence[Sample], **_: Any) -> Reward | list[Reward]:
    """Score one sample, or a list of them with `--group-rm`: slime calls the same function for both.

    A number, or with `--reward-key K` an object that holds it as K beside the raw value of each component,
    `unscored` (0 or 1) and `cause`. An unscored sample gets 0.0 and is marked: it is left out of the loss at
    once, and `post_process` leaves it out of the baseline.

    Raises GavelError: a mistake in request or settings, or too many unscored.
    """
    if isinstance(sample, Sequence):
        return list(await asyncio.gather(*[_reward(args, each) for each in sample]))
    return await _reward(args, sample)


def sample_filter(args: Any, groups: Sequence[Any]) -> None:  # noqa: ARG001 - the names are slime's
    """Leave unscored samples out of the loss, those marked by the URL (`?unscored=mark`) as well."""
    for sample in flat(groups):
        if unscored(sample):
            sample.remove_sample = True


def post_process(args: Any, samples: Sequence[Any]) -> tuple[list[float], list[float]]:
    """Raw rewards and those to train with: slime's own normalisation, over the scored samples of each group.

    An unscored sample is 0 after it, and counts as its group's mean in the raw rewards that slime logs.
    """
    listed = flat(samples)
    values = [None if unscored(sample) else value_of(args, sample) for sample in listed]
    return normalised(args, [sample.group_index for sample in listed], values)


async def _reward(args: Any, sample: Sample) -> Reward:
    settings = Settings.of()
    whose = origin_of(args, sample, settings.run)
    result = await shared(settings).ajoin(rollout_of(args, sample), **whose._asdict())
    score = result.get("reward")
    cause = None if score is not None else str(result.get("cause"))
    mark(sample, cause)
    number = 0.0 if score is None else float(score)
    key = getattr(args, "reward_key", None)
    if not key:
        return number
    components = result.get("components") or {}
    raw = {name: (component or {}).get("value") for name, component in components.items()}
    return {**raw, "unscored": int(cause is not None), "cause": cause, key: number}
