import math

import msgspec
import pytest

from rubrics.cause import Cause
from rubrics.outcome import Score, Unscored


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_p06_a_score_is_finite(number: float) -> None:
    with pytest.raises(ValueError, match=r"finite number.*return Unscored"):
        Score(number)


def test_a_score_is_a_number() -> None:
    assert float(Score(0.25, "why")) == 0.25
    assert Score(1.0, "why") == Score(1.0, "why") != Score(1.0)


def test_p01_the_unscored_refuses_to_become_a_number() -> None:
    with pytest.raises(TypeError, match=r"unscored \(judge_timeout\).*on_unscored"):
        float(Unscored(Cause.JUDGE_TIMEOUT))


def test_p01_an_unscored_is_truthy_so_no_or_can_replace_it_by_a_default() -> None:
    unscored = Unscored(Cause.DEADLINE)
    assert (unscored or 0.0) is unscored


def test_outcomes_cannot_be_changed() -> None:
    score = Score(1.0)
    with pytest.raises(AttributeError):
        score.value = 0.0  # type: ignore[misc]


def test_causes_are_written_as_plain_words() -> None:
    assert msgspec.json.encode(Cause.CONTENT_BREAKS_JUDGE) == b'"content_breaks_judge"'
    assert all(cause.value == cause.name.lower() for cause in Cause)
