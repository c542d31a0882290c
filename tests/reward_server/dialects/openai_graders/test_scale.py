"""A range of scores as answers, and answers as a score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.dialects.openai_graders.scale import question, scale, score_of
from rubrics.verdict import Reading


def test_whole_numbers_of_one_digit_are_offered_themselves() -> None:
    assert scale(1, 5) == {"1": 1.0, "2": 2.0, "3": 3.0, "4": 4.0, "5": 5.0}
    assert list(scale(0, 9)) == list("0123456789")


@pytest.mark.parametrize("ends", [(0, 1), (0, 10), (-1, 1), (0.5, 3.5), (1, 100), (7, 8)])
def test_other_ranges_are_offered_as_letters_in_ten_even_steps(ends: tuple[float, float]) -> None:
    low, high = map(float, ends)
    answers = scale(low, high)
    assert list(answers) == list("BCDEFGHJKLM")
    assert list(answers.values()) == pytest.approx([low + (high - low) * n / 10 for n in range(11)])
    assert (answers["B"], answers["M"]) == (low, high)


def test_the_question_names_the_levels_and_then_the_answers() -> None:
    assert question(scale(1.0, 3.0)).splitlines() == [
        "Criterion: the score from 1 to 3 that the instructions call for",
        "Answer with exactly one of: 1, 2, 3.",
    ]
    lines = question(scale(0.0, 1.0)).splitlines()
    assert lines[1:12] == [f"{letter}: {n / 10:g}" for n, letter in enumerate("BCDEFGHJKLM")]
    assert lines[12] == "Answer with exactly one of: B, C, D, E, F, G, H, J, K, L, M."


def test_a_score_is_the_expected_value() -> None:
    # 0.5 * 4 + 0.3 * 5 + 0.2 * 1 = 3.7
    reading = Reading({"1": 0.2, "2": 0.0, "3": 0.0, "4": 0.5, "5": 0.3})
    assert score_of(reading, scale(1, 5)) == pytest.approx(3.7)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.lists(st.floats(0.01, 1), min_size=11, max_size=11))
def test_a_score_never_leaves_its_range(low: float, width: float, weights: list[float]) -> None:
    answers = scale(low, low + width)
    total = sum(weights[: len(answers)])
    chances = dict(zip(answers, (weight / total for weight in weights), strict=False))
    assert min(answers.values()) <= score_of(Reading(chances), answers) <= max(answers.values())
