import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from reward_server.components.cosine_length import CosineLength
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from tests.reward_server.components.entry import component, group, rollout

RIGHT, WRONG = "<think>a</think>yes", "no tags"  # to `structure`, which stands in for correctness here
ENTRY = "{use: cosine_length, correct: {use: structure}%s}"


async def scored(text: str, tokens: int, options: str = "") -> Outcome:
    [outcome] = await component(ENTRY % options)(group(rollout(text, completion_tokens=tokens)))
    return outcome


@pytest.mark.parametrize(
    ("tokens", "right", "wrong"),
    [
        (0, 1.0, -0.5),
        (250, 0.5 + 0.25 * (1 + math.sqrt(0.5)), -0.25 * (1 + math.sqrt(0.5))),  # cos 45 degrees
        (500, 0.75, -0.25),
        (1000, 0.5, 0.0),
        (1500, 0.5, 0.0),  # clamped: an unclamped cosine is back at 0.75 and -0.25
        (2000, 0.5, 0.0),  # and at 1.0 and -0.5 here
    ],
)
async def test_the_curve_and_its_clamp(tokens: int, right: float, wrong: float) -> None:
    outcome = await scored(RIGHT, tokens)
    assert float(outcome) == pytest.approx(right)
    assert isinstance(outcome, Score)
    assert outcome.reason == f"right, {tokens} tokens"
    assert float(await scored(WRONG, tokens)) == pytest.approx(wrong, abs=1e-12)


async def test_ends_and_unit_are_options() -> None:
    options = ", unit: words, of: reasoning, max_length: 4, right: [2, 1], wrong: [-10, 0]"
    assert float(await scored("<think>a b c d</think>yes", 0, options)) == 1
    assert float(await scored("<think></think>yes", 0, options)) == 2
    assert float(await scored("a b c d", 0, options)) == -10  # no reasoning is 0 words long
    assert component(ENTRY % options).bounds == (-10, 2)
    assert component(ENTRY % "").bounds == (-0.5, 1)


@given(st.integers(0, 5_000), st.integers(1, 2_000), st.booleans())
def test_values_stay_between_their_ends(length: int, longest: int, right: bool) -> None:
    cosine = CosineLength.model_validate({"correct": {}, "max_length": longest})
    low, high = (0.5, 1.0) if right else (-0.5, 0.0)
    assert low - 1e-12 <= cosine.value(length, right) <= high + 1e-12


async def test_how_right_is_right_enough() -> None:
    options = ", at_least: 0.8"
    entry = (ENTRY % options).replace("structure", "structure, grade: fraction")
    cut_off = rollout(RIGHT, completion_tokens=0, finish_reason="length")  # 5 of 6 checks hold
    assert [float(outcome) for outcome in await component(entry)(group(cut_off))] == [1.0]
    assert [float(outcome) for outcome in await component(ENTRY % options)(group(cut_off))] == [-0.5]


async def test_p01_unscored_correctness_makes_the_length_unscored() -> None:
    entry = "{use: cosine_length, correct: {use: overlong, max_tokens: 9, cache_tokens: 1}, unit: words}"
    [outcome] = await component(entry)(group(rollout(RIGHT)))
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.MISSING_FIELD
    assert str(outcome.detail).startswith("correct: ")


async def test_p01_an_unknown_length_is_unscored() -> None:
    [outcome] = await component(ENTRY % "")(group(rollout(RIGHT)))
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.MISSING_FIELD


async def test_tokens_by_a_tokenizer(tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    entry = ENTRY % ", tokenizer: tokenizer.json, of: reasoning, max_length: 4"
    [outcome] = await component(entry, tmp_path)(group(rollout("<think>a b</think>yes")))
    assert outcome == Score(pytest.approx(0.75).expected, "right, 2 tokens")


def test_both_components_are_in_the_identity() -> None:
    plain = component(ENTRY % "").identity()
    assert component(ENTRY % "").identity() == plain
    assert component(ENTRY % ", max_length: 999").identity() != plain
    assert component((ENTRY % "").replace("structure", "structure, grade: fraction")).identity() != plain


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("{use: cosine_length}", "`correct`"),
        ("{use: cosine_length, correct: {}}", "`use`"),
        ("{use: cosine_length, correct: {use: structur}}", "did you mean `structure`"),
        ("{use: cosine_length, correct: {use: structure, weight: 1}}", "unknown key `weight`"),
        (ENTRY % ", right: [1]", "`right`"),
        (ENTRY % ", max_length: 0", "`max_length`"),
    ],
)
def test_mistakes_are_explained(entry: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        component(entry)
