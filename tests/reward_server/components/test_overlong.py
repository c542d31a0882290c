from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from reward_server.components.overlong import Overlong
from rubrics.cause import Cause
from rubrics.outcome import Score, Unscored
from rubrics.problems import ConfigError
from tests.reward_server.components.entry import component, group, rollout

PAPER = {"max_tokens": 20_480, "cache_tokens": 4_096}


def score(tokens: int, **options: object) -> Score:
    outcome = Overlong.model_validate({**PAPER, **options}).score(rollout("text", completion_tokens=tokens))
    assert isinstance(outcome, Score)
    return outcome


@pytest.mark.parametrize(
    ("tokens", "penalty"),
    [(0, 0), (16_384, 0), (16_385, -1 / 4096), (17_408, -0.25), (18_432, -0.5), (20_480, -1), (99_999, -1)],
)
def test_the_papers_numbers(tokens: int, penalty: float) -> None:
    assert score(tokens) == Score(penalty, f"{tokens} of 20480 tokens")
    assert score(tokens, scale="score").value == penalty + 1


def test_bounds_follow_the_scale() -> None:
    assert Overlong.model_validate(PAPER).bounds == (-1, 0)
    assert Overlong.model_validate({**PAPER, "scale": "score"}).bounds == (0, 1)


@given(st.integers(1, 50_000), st.integers(1, 50_000), st.integers(0, 100_000))
def test_the_penalty_stays_in_its_bounds_and_never_falls_back(most: int, cache: int, tokens: int) -> None:
    overlong = Overlong.model_validate({"max_tokens": max(most, cache), "cache_tokens": cache})
    assert -1 <= overlong.penalty(tokens + 1) <= overlong.penalty(tokens) <= 0


def test_p01_without_a_count_there_is_no_score() -> None:
    outcome = Overlong.model_validate(PAPER).score(rollout("text"))
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.MISSING_FIELD


async def test_a_tokenizer_counts_where_the_trainer_does_not(tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    entry = "{use: overlong, max_tokens: 8, cache_tokens: 4, tokenizer: tokenizer.json}"
    outcomes = await component(entry, tmp_path)(
        group(rollout("a b c d e f"), rollout("a", completion_tokens=7))
    )
    assert outcomes == [Score(-0.5, "6 of 8 tokens"), Score(-0.75, "7 of 8 tokens")]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("max_tokens: 10", "`cache_tokens`"),
        ("max_tokens: 10, cache_tokens: 11", "it cannot be longer"),
        ("max_tokens: 10, cache_tokens: 0", "`cache_tokens`"),
        ("max_tokens: 10, cache_tokens: 5, scale: bonus", "`scale`"),
    ],
)
def test_mistakes_are_explained(options: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        component(f"{{use: overlong, {options}}}")
