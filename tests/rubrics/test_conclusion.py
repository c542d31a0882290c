"""The whole way from findings to a value, against a second implementation, on random rubrics."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.arithmetic import bounds
from rubrics.cause import Cause
from rubrics.document import parse
from rubrics.outcome import Score, Unscored
from rubrics.problems import ConfigError
from rubrics.replay import replay
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric
from rubrics.verdict import Reading
from tests.rubrics.arbitrary import UNSURE, Trial, any_rubric, told
from tests.rubrics.making import assess, rollout_of, rubric_of, yes


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32))
def test_the_value_is_what_the_documentation_says(seed: int) -> None:
    chance = Random(seed)
    data = any_rubric(chance)
    try:
        rubric = build_rubric(parse(json.dumps(data)))
    except ConfigError:
        return  # a gate that its range, or an abstention, would make senseless
    for _ in range(4):
        trial = Trial(chance, data, rubric)
        if isinstance(trial.expected, str):
            assert told(trial.outcome) == trial.expected
        else:
            assert told(trial.outcome) == pytest.approx(trial.expected, abs=1e-9)
        if isinstance(trial.outcome, Score):
            low, high = bounds(rubric)
            assert low - 1e-9 <= trial.outcome.value <= high + 1e-9
        saved = {verdict.criterion: verdict for verdict in trial.outcome.verdicts}
        assert replay(rubric, trial.rollout, saved) == trial.outcome


def test_a_judge_that_could_tell_nothing_is_no_missing_label() -> None:
    rubric = rubric_of("""
        aggregate: {abstain: skip}
        criteria:
          - {id: a, ask: It is a.}
          - {id: b, ask: It is b., expect: {label: metadata.b}}
    """)
    outcome = assess(rubric, rollout_of(), {"a": UNSURE})
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.JUDGE_ABSTAINED
    assert outcome.detail == "the judge could not tell on any criterion that applies"
    assert [verdict.choice for verdict in outcome.verdicts] == ["abstained", "skipped"]


def test_a_holistic_grade_that_the_judge_could_not_give() -> None:
    rubric = rubric_of("""
        aggregate: {method: holistic, abstain: skip}
        criteria:
          - {id: a, ask: It is a.}
          - {id: short, check: {words: {at_most: 9}}, gate: {else: 0}}
    """)
    outcome = assess(rubric, rollout_of(), {"holistic": UNSURE})
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.JUDGE_ABSTAINED
    assert assess(rubric, rollout_of(), {"a": yes(1), "holistic": reading_of(rubric)}) != outcome


def reading_of(rubric: Rubric) -> Reading:
    (overall,) = rubric.overall
    return Reading({choice: float(choice == "good") for choice in overall.choices})
