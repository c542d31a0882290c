"""The texts that a rubric shows its judge: out of given rollouts, or made up in stated sizes."""

import random
from collections.abc import Mapping, Sequence

import msgspec

from reward_server.load.workload.words import words
from rubrics.inputs import Share, read_inputs
from rubrics.outcome import Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Group
from rubrics.rubric import Rubric

Texts = Mapping[str, str]
"""A rollout's texts by input."""
MADE_UP_ROLLOUTS = 512
"""Different rollouts that are made up; then they come again under new marks."""


class Sizes(msgspec.Struct, frozen=True):
    """Tokens of each input, by how widely it is shared; a token is four bytes."""

    dataset: int = 1000
    group: int = 200
    rollout: int = 400


def given_texts(rubric: Rubric, groups: Sequence[Group]) -> list[list[Texts]]:
    """The texts of given rollouts, by group. Those that lack one are left out. Raises ConfigError for all."""
    found: list[list[Texts]] = []
    missing: Unscored | None = None
    for group in groups:
        read = [rollout.refused or read_inputs(rubric.inputs, rollout) for rollout in group]
        texts: list[Texts] = [each for each in read if not isinstance(each, Unscored)]
        missing = next((each for each in read if isinstance(each, Unscored)), missing)
        if texts:
            found.append(texts)
    if not found:
        why = "there are none" if missing is None else missing.detail
        raise ConfigError(f"no rollout can be shown to a judge: {why}")
    return found


def made_up_texts(rubric: Rubric, sizes: Sizes, group_size: int, seed: int) -> list[list[Texts]]:
    """Texts of these sizes for groups of `group_size`."""
    chance = random.Random(seed)  # noqa: S311 - no secret is drawn
    dataset = _of(rubric, "dataset", sizes.dataset, chance)
    groups: list[list[Texts]] = []
    for _ in range(-(-MADE_UP_ROLLOUTS // group_size)):
        shared = {**dataset, **_of(rubric, "group", sizes.group, chance)}
        groups.append(
            [{**shared, **_of(rubric, "rollout", sizes.rollout, chance)} for _ in range(group_size)]
        )
    return groups


def _of(rubric: Rubric, share: Share, tokens: int, chance: random.Random) -> dict[str, str]:
    return {name: words(chance, tokens) for name, source in rubric.inputs.items() if source.share == share}
