import itertools

import msgspec
import pytest

from rubrics.assessment import conclude, pending
from rubrics.blank import is_blank
from rubrics.cause import Cause
from rubrics.layout import Layout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.reading import read
from rubrics.rubric import Rubric
from rubrics.settling import settle
from rubrics.verdict import Reading
from tests.rubrics.making import assess, rollout_of, rubric_of, yes

THINK = Layout.model_validate({"reasoning": {"tag": "think"}})
TIMEOUT = Unscored(Cause.JUDGE_TIMEOUT, "no reply within 60 s")

RUBRIC = rubric_of("""
    criteria:
      - {id: cites, ask: It cites., weight: 3}
      - {id: on_topic, ask: It is on topic., gate: {else: 0.2}}
      - {id: short, check: {words: {at_most: 3}}}
      - {id: no_markup, check: {not_regex: '<'}, gate: {else: 0}}
      - {id: invents, ask: It invents facts., weight: -2}
""")


def names(rubric: Rubric, verdicts: dict[str, object]) -> list[str]:
    return [criterion.id for criterion in pending(rubric, verdicts)]  # type: ignore[arg-type]


def value(outcome: Outcome) -> float:
    assert isinstance(outcome, Score)
    return outcome.value


def test_the_whole_way() -> None:
    rollout = rollout_of("three short words")
    verdicts = settle(RUBRIC, rollout)
    assert {name: verdict.value for name, verdict in verdicts.items()} == {"short": 1.0, "no_markup": 1.0}

    (gate,) = pending(RUBRIC, verdicts)
    assert gate.id == "on_topic"
    verdicts["on_topic"] = read(RUBRIC, gate, rollout, yes(0.75))

    cites, invents = pending(RUBRIC, verdicts)
    verdicts["invents"] = read(RUBRIC, invents, rollout, yes(0.25))
    verdicts["cites"] = read(RUBRIC, cites, rollout, yes(0.5))
    assert pending(RUBRIC, verdicts) == []

    # (3 * 0.5 + 1 * 0.75 + 1 * 1 + 1 * 1 - 2 * 0.25) / (3 + 1 + 1 + 1) = 3.75 / 6
    outcome = conclude(RUBRIC, verdicts)
    assert value(outcome) == pytest.approx(0.625)
    assert isinstance(outcome, Score)
    assert outcome.reason == "5 of 5 met"
    assert [verdict.criterion for verdict in outcome.verdicts] == [
        "cites",
        "on_topic",
        "short",
        "no_markup",
        "invents",
    ]


def test_the_reason_names_what_was_lost() -> None:
    readings = {"cites": yes(0.1), "on_topic": yes(1.0), "invents": yes(0.9)}
    outcome = assess(RUBRIC, rollout_of("four words are here"), readings)
    # (3 * 0.1 + 1 + 0 + 1 - 2 * 0.9) / 6 = 0.5 / 6
    assert value(outcome) == pytest.approx(0.5 / 6)
    assert isinstance(outcome, Score)
    assert outcome.reason == "2 of 5 met; lost: cites, short, invents"


def test_long_lists_are_cut_short() -> None:
    rubric = rubric_of(
        "criteria: [" + ", ".join(f"{{id: c{index}, ask: It is.}}" for index in range(7)) + "]"
    )
    outcome = assess(rubric, rollout_of(), {f"c{index}": yes(0.0) for index in range(7)})
    assert isinstance(outcome, Score)
    assert outcome.reason == "0 of 7 met; lost: c0, c1, c2, c3 and 3 more"


def test_a_gate_by_code_spares_the_judge() -> None:
    verdicts = settle(RUBRIC, rollout_of("<b>"))
    assert pending(RUBRIC, verdicts) == []
    outcome = conclude(RUBRIC, verdicts)
    assert (value(outcome), outcome.verdicts) == (0.0, (verdicts["short"], verdicts["no_markup"]))
    assert isinstance(outcome, Score)
    assert outcome.reason == "gate no_markup closed"


def test_a_judged_gate_spares_the_other_calls() -> None:
    rollout = rollout_of("words")
    verdicts = settle(RUBRIC, rollout)
    (gate,) = pending(RUBRIC, verdicts)
    verdicts["on_topic"] = read(RUBRIC, gate, rollout, yes(0.49))
    assert pending(RUBRIC, verdicts) == []
    assert value(conclude(RUBRIC, verdicts)) == 0.2


def test_at_a_half_a_gate_is_open() -> None:
    readings = {"cites": yes(1.0), "on_topic": yes(0.5), "invents": yes(0.0)}
    assert value(assess(RUBRIC, rollout_of("words"), readings)) == pytest.approx((3 + 0.5 + 2) / 6)


def test_a_closed_gate_by_code_comes_before_a_judged_one() -> None:
    rubric = rubric_of("""
        criteria:
          - {id: judged, ask: It is., gate: {else: 0.9}}
          - {id: coded, check: {regex: x}, gate: {else: 0.1}}
    """)
    assert value(assess(rubric, rollout_of("y"), {})) == 0.1
    # Blank text closes both at once.
    assert value(assess(rubric, rollout_of(" "), {})) == 0.1


def test_a_gate_without_its_label_is_open() -> None:
    rubric = rubric_of("""
        criteria:
          - {id: gate, label: {field: x, equals: metadata.x}, gate: {else: 0}}
          - {id: a, ask: It is.}
    """)
    assert value(assess(rubric, rollout_of(), {"a": yes(0.75)})) == 0.75


def test_p01_a_gate_that_cannot_be_judged_leaves_no_value() -> None:
    rubric = rubric_of("""
        criteria: [{id: gate, ask: It is., gate: {else: 0}}, {id: a, check: {regex: x}}]
        aggregate: {min_coverage: 0.1}
    """)
    outcome = assess(rubric, rollout_of("x"), {"gate": TIMEOUT})
    assert isinstance(outcome, Unscored)
    assert (outcome.cause, outcome.detail) == (Cause.JUDGE_TIMEOUT, "gate: no reply within 60 s")


@pytest.mark.parametrize("failed", ["cites", "on_topic", "invents"])
def test_p01_one_missing_verdict_leaves_no_value(failed: str) -> None:
    readings = {"cites": yes(1.0), "on_topic": yes(1.0), "invents": yes(0.0)}
    outcome = assess(RUBRIC, rollout_of("words"), {**readings, failed: TIMEOUT})
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.JUDGE_TIMEOUT
    assert outcome.detail == f"{failed}: no reply within 60 s"
    assert {verdict.criterion for verdict in outcome.verdicts if verdict.cause} == {failed}


def test_a_failure_of_ours_spares_the_judge() -> None:
    rubric = rubric_of("""
        criteria: [{id: a, ask: It is.}, {id: b, check: {python: 'tests.rubrics.author_checks:too_much'}}]
    """)
    verdicts = settle(rubric, rollout_of())
    assert pending(rubric, verdicts) == []
    outcome = conclude(rubric, verdicts)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.COMPONENT_ERROR


PARTIAL = rubric_of("""
    criteria: [{id: a, ask: A, weight: 3}, {id: b, ask: B}, {id: c, ask: C, weight: -1}]
    aggregate: {min_coverage: 0.6}
""")


def test_enough_of_the_weight_is_enough_where_the_author_says_so() -> None:
    # judged 3 + 1 of 5; (3 * 1 - 1 * 0.5) / 3
    outcome = assess(PARTIAL, rollout_of(), {"a": yes(1.0), "b": TIMEOUT, "c": yes(0.5)})
    assert value(outcome) == pytest.approx(2.5 / 3)
    assert isinstance(outcome, Score)
    assert outcome.reason == "1 of 2 met; lost: c; not judged: b"


def test_p01_too_little_of_the_weight_is_unscored() -> None:
    outcome = assess(PARTIAL, rollout_of(), {"a": TIMEOUT, "b": yes(1.0), "c": yes(0.5)})
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.LOW_COVERAGE
    assert outcome.detail == "0.40 of the weight judged, 0.6 needed: judge_timeout"


def test_p01_nothing_judged_is_unscored_however_little_is_asked_for() -> None:
    rubric = rubric_of("criteria: [{id: a, ask: A}]\naggregate: {min_coverage: 0.001}\n")
    assert isinstance(assess(rubric, rollout_of(), {"a": TIMEOUT}), Unscored)


def test_p02_leaving_out_the_worst_criterion_would_pay() -> None:
    """Why `min_coverage` is 1 unless an author lowers it: breaking the judge on one criterion is a gain."""
    honest = assess(PARTIAL, rollout_of(), {"a": yes(1.0), "b": yes(0.0), "c": yes(0.0)})
    broken = assess(PARTIAL, rollout_of(), {"a": yes(1.0), "b": TIMEOUT, "c": yes(0.0)})
    assert (value(honest), value(broken)) == (0.75, 1.0)


LABELLED = rubric_of("""
    criteria:
      - {id: a, ask: A, expect: {label: metadata.a}}
      - {id: b, ask: B, expect: {label: metadata.b}}
""")


def test_a_skipped_criterion_counts_neither_way() -> None:
    outcome = assess(LABELLED, rollout_of(metadata={"b": "no"}), {"b": yes(0.25)})
    assert value(outcome) == 0.75
    assert isinstance(outcome, Score)
    assert outcome.reason == "1 of 1 met"


def test_p01_without_any_label_there_is_no_value() -> None:
    outcome = assess(LABELLED, rollout_of(), {})
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.MISSING_GROUND_TRUTH
    assert [verdict.choice for verdict in outcome.verdicts] == ["skipped", "skipped"]


REASONING = rubric_of("""
    inputs: {text: {from: completion.reasoning}}
    criteria:
      - {id: a, ask: A}
      - {id: b, ask: B, expect: unmet}
      - {id: c, ask: C, weight: -1}
""")


@pytest.mark.parametrize("text", ["<think></think>x", "<think> \n\u3000</think>x", "no reasoning at all", ""])
def test_p26_blank_text_is_never_shown_to_a_judge(text: str) -> None:
    """It would be worth something: judges say yes to nothing, and nothing has no faults."""
    verdicts = settle(REASONING, rollout_of(text, layout=THINK))
    assert pending(REASONING, verdicts) == []
    assert value(conclude(REASONING, verdicts)) == 0.0
    assert {verdict.reason for verdict in verdicts.values()} == {"nothing to judge: blank text"}


def test_p01_an_input_that_was_not_sent_is_unscored() -> None:
    rubric = rubric_of("""
        inputs: {policy: {from: metadata.policy}, text: {from: completion}}
        criteria: [{id: a, ask: A}, {id: b, check: {regex: x}}]
    """)
    verdicts = settle(rubric, rollout_of())
    assert pending(rubric, verdicts) == []
    outcome = conclude(rubric, verdicts)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.MISSING_FIELD


def test_checks_alone_need_no_input() -> None:
    rubric = rubric_of("""
        inputs: {policy: {from: metadata.policy}}
        criteria: [{id: b, check: {regex: x}}]
    """)
    assert value(assess(rubric, rollout_of("x"), {})) == 1.0


def test_a_range_clips() -> None:
    rubric = rubric_of("""
        criteria: [{id: a, ask: A}, {id: b, ask: B, weight: -2}]
        aggregate: {range: [-0.5, 0.5]}
    """)
    assert value(assess(rubric, rollout_of(), {"a": yes(0.0), "b": yes(1.0)})) == -0.5
    assert value(assess(rubric, rollout_of(), {"a": yes(1.0), "b": yes(0.0)})) == 0.5
    assert value(assess(rubric, rollout_of(), {"a": yes(0.75), "b": yes(0.25)})) == 0.25


def test_concluding_too_early_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="not judged yet: on_topic"):
        conclude(RUBRIC, settle(RUBRIC, rollout_of("words")))


def test_p07_the_order_in_which_verdicts_arrive_changes_nothing() -> None:
    rollout = rollout_of("words")
    readings: dict[str, Reading | Unscored] = {"cites": yes(0.3), "on_topic": yes(0.9), "invents": TIMEOUT}
    asked = {criterion.id: criterion for criterion in RUBRIC.criteria}
    found = set()
    for order in itertools.permutations(readings):
        verdicts = settle(RUBRIC, rollout)
        for name in order:
            verdicts[name] = read(RUBRIC, asked[name], rollout, readings[name])
        found.add(msgspec.json.encode(conclude(RUBRIC, verdicts)))
    assert len(found) == 1


def test_a_verdict_on_the_wire() -> None:
    outcome = assess(rubric_of("criteria: [{id: a, ask: A}]"), rollout_of(), {"a": yes(0.75)})
    assert msgspec.to_builtins(outcome.verdicts) == (
        {
            "criterion": "a",
            "value": 0.75,
            "choice": "met",
            "weight": 1.0,
            "reason": None,
            "cause": None,
            "probability": 0.75,
        },
    )


def test_blank_text_earns_nothing_from_a_rubric_of_pitfalls_alone() -> None:
    rubric = rubric_of("""
    criteria:
      - {id: insults, ask: It insults somebody., weight: -2}
      - {id: invents, ask: It invents facts., weight: -1}
    """)
    # 1 + (-2 * 1 - 1 * 1) / 3: nothing is asked, and nothing is earned by having said nothing.
    outcome = assess(rubric, rollout_of(" \n"), {})
    assert isinstance(outcome, Score)
    assert outcome.value == 0.0


def test_a_failed_verdict_never_changes_the_formula() -> None:
    rubric = rubric_of("""
    criteria:
      - {id: good, ask: It is good., weight: 1}
      - {id: bad, ask: It is bad., weight: -1}
    aggregate: {min_coverage: 0.5}
    """)
    lost = Unscored(Cause.JUDGE_TIMEOUT, "no reply")
    assert assess(rubric, rollout_of(), {"good": yes(0.0), "bad": yes(0.0)}).value == 0.0  # type: ignore[union-attr]
    outcome = assess(rubric, rollout_of(), {"good": lost, "bad": yes(0.0)})
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.LOW_COVERAGE


@pytest.mark.parametrize("text", ["\u200b", "\u2060 \ufeff\n", "\u00ad\u3164"])
def test_p26_text_that_nobody_sees_is_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank(text + ".")
