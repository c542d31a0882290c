"""Reward functions and rollouts for tests, from the text a user would write."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

from reward_server.engine.row import Row
from reward_server.engine.scoring import Scoring
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from rubrics.completion import Completion
from rubrics.document import parse
from rubrics.layout import PLAIN, Layout
from rubrics.outcome import Score, Unscored
from rubrics.rollout import Group, Json, Rollout

PROBES = "tests.reward_server.probes"
"""Where the probe components are: `use: tests.reward_server.probes:Given`."""


def reward_of(text: str, directory: Path = Path()) -> RewardFunction:
    """A reward function from the YAML of its file."""
    return load_reward(parse("name: test\n" + textwrap.dedent(text), "reward.yaml", directory))


def rollout_of(name: str, text: str = "", *, layout: Layout = PLAIN, **fields: Json) -> Rollout:
    """A rollout whose metadata probes read."""
    return Rollout(id=name, completion=Completion(text, layout), **fields)  # type: ignore[arg-type]


def given(name: str, **values: float | None) -> Rollout:
    """A rollout that carries the value each probe component is to give; None for unscored."""
    return rollout_of(name, metadata=dict(values))


async def score_groups(
    function: RewardFunction, groups: Sequence[Group], deadline_s: float = 30.0
) -> list[list[Row]]:
    """Score groups and release what the function holds."""
    try:
        return await Scoring(function, groups).run(deadline_s)
    finally:
        await function.aclose()


async def score_group(function: RewardFunction, *rollouts: Rollout, deadline_s: float = 30.0) -> list[Row]:
    """Score one group."""
    return (await score_groups(function, [Group("g", rollouts)], deadline_s))[0]


def rewards(rows: Sequence[Row]) -> list[float | str]:
    """Each row's reward, or the cause for which there is none."""
    return [row.reward.value if isinstance(row.reward, Score) else row.reward.cause.value for row in rows]


def component(row: Row, name: str) -> float | str:
    """One component of a row: its value, or the cause for which there is none."""
    outcome = row.components[name]
    return outcome.cause.value if isinstance(outcome, Unscored) else outcome.value
