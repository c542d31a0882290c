"""The measures of likeness: as their papers and the field's packages have them, bounded, never a guess."""

import json
import time
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.dialects.openai_graders.subsequence import common_length
from reward_server.dialects.openai_graders.text_similarity import LONGEST, similarity
from rubrics.cause import Cause
from rubrics.outcome import Score, Unscored
from tests.processes import ROOT
from tests.reward_server.dialects.openai_graders.trying import raised, try_grader

RECORDED = json.loads((ROOT / "tests/contracts/openai/similarity.json").read_text())
"""What rapidfuzz, sacrebleu, nltk (meteor without stems and synonyms) and rouge-score say of some pairs."""
METRICS = sorted(RECORDED["pairs"][0]["values"])


def value(metric: str, text: str, reference: str) -> float:
    outcome = similarity(metric, text, reference)
    assert isinstance(outcome, Score), outcome
    return outcome.value


@pytest.mark.parametrize("pair", RECORDED["pairs"], ids=lambda pair: pair["text"][:20])
def test_the_measures_agree_with_the_packages_of_the_field(pair: dict[str, Any]) -> None:
    size = len(pair["reference"].split())
    for metric, expected in pair["values"].items():
        if metric[-1].isdigit() and int(metric[-1]) > size:
            continue  # rouge-score says 0, we say that there is nothing to compare with
        assert value(metric, pair["text"], pair["reference"]) == pytest.approx(expected, abs=1e-9), metric


def test_the_measures_by_hand() -> None:
    # 5 words of 6, 3 pairs of 5; the longest subsequence has 5, in two runs.
    text, reference = "the cat sat on the mat", "the cat is on the mat"
    assert value("rouge_1", text, reference) == pytest.approx(5 / 6)
    assert value("rouge_2", text, reference) == pytest.approx(3 / 5)
    assert value("rouge_l", text, reference) == pytest.approx(5 / 6)
    assert value("meteor", text, reference) == pytest.approx(5 / 6 * (1 - 0.5 * (2 / 5) ** 3))
    # 5 of 6 words, 3 of 5 pairs, 1 of 4 triples, 0 of 3 quadruples.
    assert value("gleu", text, reference) == pytest.approx(9 / 18)
    assert value("bleu", text, reference) == pytest.approx((5 / 6 * 3 / 5 * 1 / 4 * 0.5 / 3) ** 0.25)
    assert value("fuzzy_match", "abcd", "abxd") == pytest.approx(2 * 3 / 8)


@pytest.mark.parametrize("metric", METRICS)
def test_equal_texts_are_alike_and_strangers_are_not(metric: str) -> None:
    text = "Über sieben Brücken musst du gehn, sieben dunkle Jahre überstehn"
    # METEOR's penalty for one run of ten words and a comma: 0.5 (1/11)^3.
    assert value(metric, text, text) == pytest.approx(1 - 0.5 / 11**3 if metric == "meteor" else 1.0)
    assert value(metric, "xxx yyy zzz", "q w e r t") == pytest.approx(
        0.21 if metric == "fuzzy_match" else 0, abs=0.2
    )
    assert value(metric, "", text) == 0


@pytest.mark.parametrize("metric", METRICS)
def test_a_reference_with_nothing_in_it_is_not_a_zero(metric: str) -> None:
    outcome = similarity(metric, "text", "")
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.INVALID_GROUND_TRUTH


def test_a_reference_that_is_too_short_for_its_measure_is_not_a_zero() -> None:
    outcome = similarity("rouge_3", "two words", "two words")
    assert outcome == Unscored(Cause.INVALID_GROUND_TRUTH, "the reference is too short for rouge_3")
    assert isinstance(similarity("rouge_1", "!!!", "?!"), Unscored)


@pytest.mark.parametrize("metric", METRICS)
def test_texts_over_the_limit_are_unscored_and_those_at_it_take_no_time(metric: str) -> None:
    started = time.monotonic()
    for text in ("ab " * (LONGEST // 3), "a" * LONGEST, "\ud800\U000e0041" * (LONGEST // 2), "(" * LONGEST):
        assert 0 <= value(metric, text, "a b c d e f " * (LONGEST // 12)) <= 1
    assert time.monotonic() - started < 5
    too_long = similarity(metric, "a" * (LONGEST + 1), "a b c d e")
    assert isinstance(too_long, Unscored)
    assert too_long.cause == Cause.COMPLETION_TOO_LONG


SHORT = st.text("abc", max_size=12)


@given(SHORT, SHORT)
def test_the_longest_common_subsequence_is_the_longest(first: str, second: str) -> None:
    table = {(i, j): 0 for i in range(len(first) + 1) for j in range(len(second) + 1)}
    for i, j in product(range(len(first)), range(len(second))):
        longer = table[i, j] + 1 if first[i] == second[j] else 0
        table[i + 1, j + 1] = max(longer, table[i, j + 1], table[i + 1, j])
    assert common_length(first, second) == table[len(first), len(second)]


TEXTS = st.text("ab .", max_size=20)


@given(st.sampled_from(METRICS), TEXTS, TEXTS)
def test_every_measure_is_from_0_to_1_or_unscored(metric: str, text: str, reference: str) -> None:
    outcome = similarity(metric, text, reference)
    assert isinstance(outcome, Unscored) or 0 <= outcome.value <= 1


async def test_a_grader_compares_what_its_templates_say() -> None:
    grader = {
        "type": "text_similarity", "name": "alike", "evaluation_metric": "rouge_l",
        "input": "{{sample.output_json.answer}}", "reference": "{{item.answer}}",
    }  # fmt: skip
    answer = await try_grader(grader, '{"answer": "the cat sat"}', {"answer": "the cat slept"})
    assert answer["reward"] == pytest.approx(2 / 3)
    assert raised(answer) == set()
    lacking = await try_grader(grader, "no JSON", {"answer": "the cat slept"})
    assert (lacking["reward"], raised(lacking)) == (0.0, {"sample_parse_error"})


async def test_p12_a_comparison_that_is_late_is_unresponsive_and_no_number() -> None:
    alike = {
        "type": "text_similarity", "name": "alike", "evaluation_metric": "fuzzy_match",
        "input": "{{sample.output_text}}", "reference": "{{item.answer}}",
    }  # fmt: skip
    grader = {
        "type": "multi",
        "name": "all",
        "calculate_output": "g0",
        "graders": {f"g{n}": alike for n in range(64)},
    }
    started = time.monotonic()
    answer = await try_grader(
        grader, "ab" * (LONGEST // 2), {"answer": "ba" * (LONGEST // 2)}, deadline_s=0.05
    )
    assert time.monotonic() - started < 5
    assert (answer["reward"], answer["metadata"]["cause"]) == (None, "deadline")
    assert raised(answer) == {"unresponsive_reward_error"}
