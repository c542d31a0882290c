"""A trial reaches every criterion: no gate, failure or label stands before it."""

from rubrics.assessment import pending
from rubrics.goldens.trial import alone, trial
from rubrics.outcome import Unscored
from rubrics.settling import settle
from tests.rubrics.making import assess, rollout_of, rubric_of, yes

GATED = """
criteria:
- {id: fits, check: {words: {at_least: 50}}, gate: {else: 0}}
- {id: cites, ask: It cites a clause., gate: {else: 0}}
- {id: tone, ask: It is kind., expect: {label: metadata.kind}}
- {id: right, label: {field: a, equals: metadata.label}}
"""

HOLISTIC = """
aggregate: {method: holistic}
criteria:
- {id: fits, check: {words: {at_least: 50}}, gate: {else: 0}}
- {id: cites, ask: It cites a clause., gate: {else: 0}}
- {id: tone, ask: It is kind.}
"""


def test_every_criterion_is_judged_at_once_whatever_its_gates_come_to() -> None:
    rubric, rollout = rubric_of(GATED), rollout_of("short")
    assert pending(rubric, settle(rubric, rollout)) == []
    tried = trial(rubric, {"cites": "met", "tone": "unmet"})
    assert [c.id for c in pending(tried, settle(tried, rollout))] == ["cites", "tone"]
    outcome = assess(tried, rollout, {"cites": yes(0.1), "tone": yes(0.9)})
    found = {verdict.criterion: verdict.choice for verdict in outcome.verdicts}
    assert found == {"fits": "unmet", "cites": "unmet", "tone": "met", "right": "skipped"}


def test_a_label_is_needed_only_to_be_skipped() -> None:
    rubric, rollout = rubric_of(GATED), rollout_of("short")
    tried = trial(rubric, {"tone": "skipped"})
    assert [c.id for c in pending(tried, settle(tried, rollout))] == ["cites"]


def test_a_failure_keeps_nothing_from_being_judged() -> None:
    rubric = rubric_of(GATED)
    rollout = rollout_of('{"a": 1}', metadata={"label": {}})  # no answer could equal this label
    tried = trial(rubric, {"cites": "met"})
    assert isinstance(assess(tried, rollout, {"cites": yes(1), "tone": yes(1)}), Unscored) is False
    assert [c.id for c in pending(tried, settle(tried, rollout))] == ["cites", "tone"]


def test_the_rubric_itself_stays_as_it_is() -> None:
    rubric = rubric_of(GATED)
    before = rubric.digest
    tried = trial(rubric, {}, only=["cites"])
    assert [c.id for c in tried.judged] == ["cites"]
    assert [c.id for c in rubric.judged] == ["cites", "tone"]
    assert rubric.digest == before != tried.digest


def test_others_are_left_out_only_where_that_changes_no_prompt() -> None:
    rubric = rubric_of(GATED)
    assert alone(rubric, "criterion_last")
    assert not alone(rubric, "listed")
    assert not alone(rubric_of("layout: listed" + GATED), "criterion_last")
    assert not alone(rubric_of("judge: {mode: all}" + GATED), "criterion_last")
    assert not alone(rubric_of(HOLISTIC), "criterion_last")


def test_of_a_holistic_rubric_gates_are_still_judged() -> None:
    rubric = rubric_of(HOLISTIC)
    tried = trial(rubric, {"cites": "met"})
    assert [c.id for c in pending(tried, settle(tried, rollout_of("short")))] == ["cites", "holistic"]
