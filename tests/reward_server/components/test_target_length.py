import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from reward_server.components.target_length import TargetLength
from reward_server.reward.component import PerRollout
from rubrics.cause import Cause
from rubrics.outcome import Score, Unscored
from rubrics.problems import ConfigError
from tests.reward_server.components.entry import component, group, rollout


def thinking(words: int, answer: str = "yes") -> str:
    return f"<think>{'word ' * words}</think>{answer}"


def score(text: str, **options: object) -> Score:
    outcome = TargetLength.model_validate(options).score(rollout(text))
    assert isinstance(outcome, Score)
    return outcome


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (250, 1.0),  # the paper's healthy length (arXiv 2512.20061, Fig. 1)
        (49, 0.0),  # and its collapsed one
        (0, 0.0),
        (50, 0.0),
        (51, 0.01),
        (100, 0.5),
        (149, 0.99),
        (150, 1.0),
        (400, 1.0),
        (401, 1 - 1 / 400),
        (600, 0.5),
        (799, 1 / 400),
        (800, 0.0),
        (5_000, 0.0),
    ],
)
def test_c3_the_default_trapezoid(words: int, value: float) -> None:
    outcome = score(thinking(words))
    assert float(outcome) == pytest.approx(value, abs=1e-12)
    assert outcome.reason == f"{words} words"


def test_c3_a_long_answer_does_not_make_up_for_collapsed_reasoning() -> None:
    assert score(thinking(10, answer="word " * 300)) == Score(0.0, "10 words")
    assert score("word " * 300) == Score(0.0, "0 words")  # no reasoning at all
    assert score("<think>" + "word " * 300) == Score(0.0, "0 words")  # or not closed


@pytest.mark.parametrize(
    ("of", "unit", "length"),
    [
        ("reasoning", "words", 2),
        ("reasoning", "characters", 8),
        ("answer", "words", 1),
        ("answer", "characters", 4),
        ("all", "words", 3),
        ("all", "characters", 27),
    ],
)
def test_parts_and_units(of: str, unit: str, length: int) -> None:
    text = "<think>so, späm</think> yes"
    assert score(text, of=of, unit=unit).reason == f"{length} {unit}"


LENGTHS = st.lists(st.integers(0, 2_000), min_size=4, max_size=4).map(sorted)


@given(LENGTHS, st.integers(0, 2_500))
def test_c3_the_trapezoid_is_one_on_its_plateau_and_zero_outside(ends: list[int], length: int) -> None:
    rise, least, greatest, fall = ends
    value = TargetLength.model_validate({"full": [least, greatest], "zero": [rise, fall]}).value(length)
    assert 0 <= value <= 1
    if least <= length <= greatest:
        assert value == 1
    elif length <= rise or length >= fall:
        assert value == 0
    else:
        assert 0 < value < 1


@given(LENGTHS)
def test_c3_the_trapezoid_is_monotone_and_has_no_jumps_but_at_steps(ends: list[int]) -> None:
    rise, least, greatest, fall = ends
    assume(rise < least and greatest < fall)
    length = TargetLength.model_validate({"full": [least, greatest], "zero": [rise, fall]})
    values = [length.value(n) for n in range(2_100)]
    steps = [after - before for before, after in pairwise(values)]
    assert all(step >= 0 for step in steps[:least])
    assert all(step <= 0 for step in steps[greatest:])
    assert max(steps) <= 1 / (least - rise) + 1e-12
    assert min(steps) >= -1 / (fall - greatest) - 1e-12


def test_a_step_keeps_its_own_length_in_the_plateau() -> None:
    step = TargetLength.model_validate({"full": [100, 200], "zero": [100, 200]})
    assert [step.value(n) for n in (99, 100, 200, 201)] == [0, 1, 1, 0]


def test_no_lower_and_no_upper_end() -> None:
    at_most = TargetLength.model_validate({"full": [0, 400], "zero": [0, 800]})
    assert [at_most.value(n) for n in (0, 400, 600, 800)] == [1, 1, 0.5, 0]
    at_least = TargetLength.model_validate({"full": [150, None], "zero": [50, None]})
    assert [at_least.value(n) for n in (50, 100, 150, 10**9)] == [0, 0.5, 1, 1]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            "full: [400, 150]",
            "must ascend, zero[0] <= full[0] <= full[1] <= zero[1], found 50, 400, 150, 800",
        ),
        (
            "zero: [200, 800]",
            "must ascend, zero[0] <= full[0] <= full[1] <= zero[1], found 200, 150, 400, 800",
        ),
        ("full: [150, null]", "null"),
        ("full: [null, 150]", "0 stands for no lower end"),
        ("full: [150]", "`full`"),
        ("full: 150", "`full`"),
        ("full: [-1, 400]", "`full[0]`"),
        ("full: [150.5, 400]", "`full[0]`"),
        ("unit: word", "`unit`"),
        ("unit: tokens", "needs a `tokenizer`"),
        ("tokenizer: tokenizer.json", "only used with `unit: tokens`"),
        ("unit: tokens, of: all, tokenizer: absent.json", "cannot read"),
        ("units: words", "did you mean `unit`?"),
    ],
)
def test_mistakes_in_the_file_are_explained_where_they_are(options: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        component(f"{{use: target_length, {options}}}")
    assert complaint in str(raised.value)
    assert str(raised.value).startswith("reward.yaml:2:")


def test_tokens_are_the_trainers_where_it_counts_them() -> None:
    tokens = {"of": "all", "unit": "tokens"}
    length = TargetLength.model_validate(tokens)
    assert length.score(rollout("any", completion_tokens=275)) == Score(1.0, "275 tokens")
    unscored = length.score(rollout("any"))
    assert isinstance(unscored, Unscored)
    assert unscored.cause is Cause.MISSING_FIELD


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with a tokenizer of one token for each whitespace-separated word."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "word": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


async def test_tokens_of_a_part_are_counted_by_a_tokenizer(directory: Path) -> None:
    entry = "{use: target_length, unit: tokens, tokenizer: tokenizer.json, full: [2, 4], zero: [0, 8]}"
    length = component(entry, directory)
    outcomes = await length(
        group(rollout(thinking(1)), rollout(thinking(3)), rollout("none", completion_tokens=3))
    )
    assert outcomes == [Score(0.5, "1 tokens"), Score(1.0, "3 tokens"), Score(0.0, "0 tokens")]


async def test_a_tokenizer_only_stands_in_for_the_trainers_count(directory: Path) -> None:
    length = component("{use: target_length, unit: tokens, of: all, tokenizer: tokenizer.json}", directory)
    outcomes = await length(group(rollout("word " * 200), rollout("word " * 200, completion_tokens=600)))
    assert outcomes == [Score(1.0, "200 tokens"), Score(0.5, "600 tokens")]


async def test_tokenizing_leaves_the_event_loop_free(directory: Path) -> None:
    length = component("{use: target_length, unit: tokens, tokenizer: tokenizer.json}", directory)
    assert not isinstance(length, PerRollout), "the engine scores a PerRollout in the event loop"
    scoring = asyncio.create_task(_scored(length, thinking(300_000)))
    turns = 0
    while not scoring.done():
        await asyncio.sleep(0)
        turns += 1
    assert (await scoring) == Score(0.0, "300000 tokens")
    assert turns > 100


async def _scored(length: object, text: str) -> object:
    assert callable(length)
    return (await length(group(rollout(text))))[0]


def test_the_tokenizers_content_is_part_of_the_identity(directory: Path) -> None:
    entry = "{use: target_length, unit: tokens, tokenizer: tokenizer.json}"
    before = component(entry, directory).identity()
    assert component(entry, directory).identity() == before
    path = directory / "tokenizer.json"
    path.write_text(path.read_text().replace('"word"', '"sword"'))
    assert component(entry, directory).identity() != before


@given(st.text(st.characters(exclude_categories=[])), st.sampled_from(["words", "characters"]))
def test_any_text_has_a_finite_value(text: str, unit: str) -> None:
    for of in ("all", "reasoning", "answer"):
        outcome = score(f"<think>{text}", of=of, unit=unit, full=[1, 20], zero=[0, 40])
        assert 0 <= outcome.value <= 1
