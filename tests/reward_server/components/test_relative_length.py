"""Kimi k1.5's length reward: values by hand, and its bounds for any lengths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.components.relative_length import value
from reward_server.grading.correct_length import Sized
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Rollout
from tests.reward_server.components.entry import component, rollout

RIGHT, WRONG = "<think>a</think>yes", "no tags"  # to `structure`, which stands in for correctness here
ENTRY = "{use: relative_length, correct: {use: structure}}"


async def scored(*rollouts: Rollout) -> list[Outcome]:
    return list(await component(ENTRY)(Group("p", rollouts)))


async def test_lambda_within_the_group() -> None:
    # lengths 100 to 500: 0.5 - (len - 100) / 400
    outcomes = await scored(
        rollout(RIGHT, completion_tokens=100),
        rollout(RIGHT, completion_tokens=200),
        rollout(WRONG, completion_tokens=200),
        rollout(RIGHT, completion_tokens=300),
        rollout(WRONG, completion_tokens=400),
        rollout(RIGHT, completion_tokens=500),
    )
    assert [float(outcome) for outcome in outcomes] == [0.5, 0.25, 0.0, 0.0, -0.25, -0.5]
    assert isinstance(outcomes[0], Score)
    assert outcomes[0].reason == "right, 100 tokens; its group has 100 to 500"


@pytest.mark.parametrize("text", [RIGHT, WRONG])
async def test_equal_lengths_earn_nothing(text: str) -> None:
    outcomes = await scored(rollout(text, completion_tokens=7), rollout(RIGHT, completion_tokens=7))
    assert [float(outcome) for outcome in outcomes] == [0.0, 0.0]


async def test_a_rollout_without_a_length_is_unscored_and_not_compared() -> None:
    outcomes = await scored(
        rollout(RIGHT, completion_tokens=10), rollout(RIGHT), rollout(RIGHT, completion_tokens=20)
    )
    assert [isinstance(outcome, Unscored) and outcome.cause for outcome in outcomes] == [
        False,
        Cause.MISSING_FIELD,
        False,
    ]
    assert [float(outcomes[0]), float(outcomes[2])] == [0.5, -0.5]


async def test_where_nobody_has_a_length_everybody_is_unscored() -> None:
    assert all(isinstance(outcome, Unscored) for outcome in await scored(rollout(RIGHT), rollout(WRONG)))


def test_it_needs_whole_groups_and_asks_what_its_correctness_asks() -> None:
    made = component(ENTRY)
    assert made.relative
    assert made.questions == 0


@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), min_size=1, max_size=20))
def test_values_stay_in_range_and_shorter_is_never_worse(group: list[tuple[int, bool]]) -> None:
    least, greatest = min(group)[0], max(group)[0]
    for right in (True, False):
        lengths = sorted(length for length, _ in group)
        values = [value(Sized(length, right), least, greatest) for length in lengths]
        assert all(-0.5 <= found <= (0.5 if right else 0.0) for found in values)
        assert values == sorted(values, reverse=True)
