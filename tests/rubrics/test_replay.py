from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.replay import NotJudged, replay
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Reading, Verdict
from tests.rubrics.making import assess, rollout_of, rubric_of, yes

RUBRIC = """
criteria:
  - {{id: a, ask: A, weight: {a}}}
  - {{id: b, ask: B, weight: {b}, expect: {expect}}}
  - {{id: long, check: {{words: {{at_least: {least}}}}}}}
  - {{id: tone, ask: Tone?, scale: [bad, ok, good]}}
{rest}
"""


def rubric(a: float = 3, b: float = 1, expect: str = "met", least: int = 2, rest: str = "") -> Rubric:
    return rubric_of(RUBRIC.format(a=a, b=b, expect=expect, least=least, rest=rest))


def saved(outcome: Outcome) -> Mapping[str, Verdict]:
    return {verdict.criterion: verdict for verdict in outcome.verdicts}


READINGS: dict[str, Reading | Unscored] = {
    "a": yes(0.75),
    "b": yes(0.25),
    "tone": Reading({"bad": 0.0, "ok": 0.5, "good": 0.5}),
}
ROLLOUT = rollout_of("two words")


def test_new_weights_new_expectations_and_new_checks() -> None:
    before = assess(rubric(), ROLLOUT, READINGS)
    # (3 * 0.75 + 1 * 0.25 + 1 * 1 + 1 * 0.75) / 6
    assert isinstance(before, Score)
    assert before.value == pytest.approx(4.25 / 6)
    after = replay(rubric(a=1, b=2, expect="unmet", least=3), ROLLOUT, saved(before))
    assert isinstance(after, Score)
    # (1 * 0.75 + 2 * (1 - 0.25) + 1 * 0 + 1 * 0.75) / 5
    assert after.value == pytest.approx(3.0 / 5)


WEIGHTS = st.integers(-4, 4).filter(bool)
CHANCES = st.floats(0, 1)


@given(WEIGHTS, WEIGHTS, st.sampled_from(["met", "unmet", "{label: metadata.b}"]), CHANCES, CHANCES)
def test_a_replay_is_what_the_same_answers_would_have_given(
    a: int, b: int, expect: str, first: float, second: float
) -> None:
    readings = {**READINGS, "a": yes(first), "b": yes(second)}
    rollout = rollout_of("two words", metadata={"b": "no"})
    after = rubric(a, b, expect, least=5)
    assert replay(after, rollout, saved(assess(rubric(), rollout, readings))) == assess(
        after, rollout, readings
    )


@pytest.mark.parametrize("rollout", [rollout_of("  "), rollout_of("two words", metadata={"b": "perhaps"})])
def test_what_no_judge_saw_is_settled_again(rollout: Rollout) -> None:
    labelled = rubric(expect="{label: metadata.b}")
    before = assess(labelled, rollout, READINGS)
    assert replay(labelled, rollout, saved(before)) == before


def test_unscored_stays_unscored_and_min_coverage_counts_anew() -> None:
    failed = READINGS | {"b": Unscored(Cause.JUDGE_TIMEOUT, "12 s")}
    before = assess(rubric(), ROLLOUT, failed)
    assert replay(rubric(a=9), ROLLOUT, saved(before)) == Unscored(
        Cause.JUDGE_TIMEOUT, "b: 12 s", replay(rubric(a=9), ROLLOUT, saved(before)).verdicts
    )
    after = replay(rubric(rest="aggregate: {min_coverage: 0.5}"), ROLLOUT, saved(before))
    # (3 * 0.75 + 1 * 1 + 1 * 0.75) / 5 over the rest
    assert isinstance(after, Score)
    assert after.value == pytest.approx(4.0 / 5)


GATED = "criteria: [{id: gate, ask: Gate, gate: {else: 0.1}}, {id: b, ask: B}]"
OPEN = "criteria: [{id: gate, ask: Gate}, {id: b, ask: B}]"


def test_what_a_gate_spared_the_judge_is_missing_once_it_is_open() -> None:
    closed = assess(rubric_of(GATED), ROLLOUT, {"gate": yes(0.2)})
    assert replay(rubric_of(GATED.replace("0.1", "0.3")), ROLLOUT, saved(closed)).value == 0.3  # type: ignore[union-attr]
    with pytest.raises(NotJudged) as found:
        replay(rubric_of(OPEN), ROLLOUT, saved(closed))
    assert found.value.criteria == ["b"]


def test_answers_to_another_question_do_not_count() -> None:
    scale = "criteria: [{id: a, ask: A, scale: [%s]}]"
    before = assess(rubric_of(scale % "low, high"), ROLLOUT, {"a": Reading({"low": 0.5, "high": 0.5})})
    for other in (scale % "bad, good", "criteria: [{id: a, ask: A}]", "criteria: [{id: c, ask: A}]"):
        with pytest.raises(NotJudged):
            replay(rubric_of(other), ROLLOUT, saved(before))


def test_a_skipped_statement_has_no_answer() -> None:
    labelled = "criteria: [{id: a, ask: A}, {id: b, ask: B, expect: {label: metadata.b}}]"
    before = assess(rubric_of(labelled), ROLLOUT, READINGS)
    with pytest.raises(NotJudged, match="b"):
        replay(rubric_of("criteria: [{id: a, ask: A}, {id: b, ask: B}]"), ROLLOUT, saved(before))
