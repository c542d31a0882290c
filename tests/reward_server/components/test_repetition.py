import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.components.repetition import Repetition, repeated
from rubrics.outcome import Score
from rubrics.problems import ConfigError
from tests.reward_server.components.entry import component, rollout


@pytest.mark.parametrize(
    ("text", "ngram", "share"),
    [
        ("", 3, 0),
        ("one two", 3, 0),  # shorter than one n-gram
        ("one two three", 3, 0),
        ("a b c d e f", 3, 0),
        ("a b a b a b", 2, 3 / 5),  # ab ba ab ba ab: 2 of 5 are distinct
        ("A b a B a b", 2, 3 / 5),  # letter case does not make a text new
        ("a a a a a a a a a a", 3, 7 / 8),
        ("a b c a b c", 3, 1 / 4),  # abc bca cab abc
        ("a a b", 1, 1 / 3),
        ("a b c d\n\na b c d", 4, 1 / 5),
        ("重要重要重要重要", 2, 2 / 3),  # 4 words of two characters, 3 equal pairs
    ],
)
def test_the_share_of_repeats_by_hand(text: str, ngram: int, share: float) -> None:
    assert repeated(text, ngram) == pytest.approx(share)


def score(text: str, **options: object) -> Score:
    outcome = Repetition.model_validate(options).score(rollout(text))
    assert isinstance(outcome, Score)
    return outcome


LOOP = f"<think>{'so it is ' * 100}</think>yes"  # 300 words, 298 trigrams, 3 of them distinct


def test_a_penalty_or_a_score() -> None:
    assert score(LOOP) == Score(pytest.approx(3 / 298 - 1).expected, "99.0% repeated 3-grams")
    assert score(LOOP, max_penalty=0.5).value == pytest.approx((3 / 298 - 1) / 2)
    assert score(LOOP, scale="score").value == pytest.approx(3 / 298)
    assert score(LOOP, of="answer") == Score(0.0, "0.0% repeated 3-grams")
    assert str(score("", scale="penalty").value) == "0.0", "no negative zero on the wire"


def test_bounds_follow_the_options() -> None:
    assert Repetition.model_validate({}).bounds == (-1, 0)
    assert Repetition.model_validate({"max_penalty": 0.25}).bounds == (-0.25, 0)
    assert Repetition.model_validate({"max_penalty": 0.25, "scale": "score"}).bounds == (0.75, 1)


@given(st.text(), st.integers(1, 10))
def test_any_text_has_a_share(text: str, ngram: int) -> None:
    assert 0 <= repeated(text, ngram) < 1


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30), st.integers(1, 4))
def test_saying_it_all_again_never_lowers_the_share(words: list[str], ngram: int) -> None:
    once = " ".join(words)
    assert repeated(f"{once} {once}", ngram) >= repeated(once, ngram) - 1e-12


@pytest.mark.parametrize("unit", ["a ", "ab", "重", "\u0130 ", "x y z "])
def test_two_megabytes_take_no_more_than_seconds(unit: str) -> None:
    start = time.perf_counter()
    repeated(unit * (2_000_000 // len(unit)), 10)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("options", ["ngram: 0", "ngram: 11", "max_penalty: -1", "of: think"])
def test_mistakes_are_explained(options: str) -> None:
    with pytest.raises(ConfigError, match=f"`{options.partition(':')[0]}` should be"):
        component(f"{{use: repetition, {options}}}")
