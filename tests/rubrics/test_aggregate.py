"""The other ways from values to a number, caps, abstentions, and criteria that do not apply."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.arithmetic import aggregated, bounds
from rubrics.assessment import conclude, pending
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.reading import reread
from rubrics.rubric import Rubric
from rubrics.settling import settle
from rubrics.verdict import Reading, Verdict
from tests.rubrics.making import assess, only_verdict, problem_of, rollout_of, rubric_of, yes

UNSURE = Unscored(Cause.JUDGE_ABSTAINED, "it cannot tell")
TIMEOUT = Unscored(Cause.JUDGE_TIMEOUT, "no reply within 60 s")

THREE = """
    aggregate: {{method: {method}}}
    criteria:
      - {{id: a, ask: It is a., weight: 3}}
      - {{id: b, ask: It is b.}}
      - {{id: bad, ask: It is bad., weight: -2}}
"""


def value(outcome: Outcome) -> float:
    assert isinstance(outcome, Score), outcome
    return outcome.value


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("weighted_mean", (3 * 0.75 + 0.5 - 2 * 0.25) / 4),
        ("min", 0.5),
        ("product", 0.75 * 0.5 * 0.75),
        ("all", 1.0),
    ],
)
def test_methods_by_hand(method: str, expected: float) -> None:
    rubric = rubric_of(THREE.format(method=method))
    outcome = assess(rubric, rollout_of(), {"a": yes(0.75), "b": yes(0.5), "bad": yes(0.25)})
    assert value(outcome) == pytest.approx(expected)


def test_all_is_zero_where_one_is_below_a_half() -> None:
    rubric = rubric_of(THREE.format(method="all"))
    assert value(assess(rubric, rollout_of(), {"a": yes(1), "b": yes(0.49), "bad": yes(0)})) == 0
    assert value(assess(rubric, rollout_of(), {"a": yes(1), "b": yes(1), "bad": yes(0.51)})) == 0


PAIRS = st.lists(
    st.tuples(st.sampled_from([3.0, 1.0, -1.0, -2.5]), st.floats(0, 1)), min_size=1, max_size=8
).filter(lambda pairs: any(weight > 0 for weight, _ in pairs))


@settings(max_examples=60)
@given(PAIRS, st.randoms(use_true_random=False))
def test_p07_no_method_depends_on_the_order(pairs: list[tuple[float, float]], chance: object) -> None:
    shuffled = list(pairs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    for method in ("weighted_mean", "min", "product", "all"):
        assert aggregated(method, pairs) == aggregated(method, shuffled)


@settings(max_examples=60)
@given(PAIRS)
def test_methods_rank_as_their_names_say(pairs: list[tuple[float, float]]) -> None:
    gains = [value if weight > 0 else 1 - value for weight, value in pairs]
    assert aggregated("min", pairs) == min(gains)
    assert aggregated("product", pairs) == pytest.approx(math.prod(gains))
    assert aggregated("product", pairs) <= aggregated("min", pairs) + 1e-12
    assert aggregated("all", pairs) == (1.0 if min(gains) >= 0.5 else 0.0)


CAPPED = """
    aggregate: {min_coverage: 0.2}
    criteria:
      - {id: a, ask: It is a., weight: 3}
      - {id: polite, ask: It is polite., gate: {cap: 0.3}}
"""


def test_a_cap_is_the_most_that_can_be_had() -> None:
    rubric = rubric_of(CAPPED)
    closed = assess(rubric, rollout_of(), {"a": yes(1), "polite": yes(0.4)})
    assert (value(closed), isinstance(closed, Score) and closed.reason) == (
        0.3,
        "1 of 2 met; lost: polite; capped by polite",
    )
    assert value(assess(rubric, rollout_of(), {"a": yes(0), "polite": yes(0.4)})) == pytest.approx(0.1)
    assert value(assess(rubric, rollout_of(), {"a": yes(1), "polite": yes(0.5)})) == pytest.approx(3.5 / 4)


def test_p01_a_cap_that_is_not_known_matters_only_below_the_value() -> None:
    rubric = rubric_of(CAPPED)
    high = assess(rubric, rollout_of(), {"a": yes(1), "polite": TIMEOUT})
    assert isinstance(high, Unscored)
    assert high.cause is Cause.JUDGE_TIMEOUT
    assert value(assess(rubric, rollout_of(), {"a": yes(0.25), "polite": TIMEOUT})) == 0.25


def test_a_cap_is_judged_with_everything_else() -> None:
    rubric = rubric_of(CAPPED)
    assert [criterion.id for criterion in pending(rubric, settle(rubric, rollout_of()))] == ["a", "polite"]


@pytest.mark.parametrize(
    ("weight", "rule", "expected"),
    [(1, "worst", (1 * 3 + 0) / 4), (-1, "worst", (3 - 1) / 3), (1, "skip", 1.0)],
)
def test_an_abstention_is_what_the_author_says(weight: int, rule: str, expected: float) -> None:
    rubric = rubric_of(f"""
        aggregate: {{abstain: {rule}}}
        criteria:
          - {{id: a, ask: It is a., weight: 3}}
          - {{id: b, ask: It is b., weight: {weight}, abstain: true}}
    """)
    outcome = assess(rubric, rollout_of(), {"a": yes(1), "b": UNSURE})
    assert value(outcome) == pytest.approx(expected)
    assert outcome.verdicts[1].choice == "abstained"


def test_p01_an_abstention_is_unscored_unless_the_author_says_otherwise() -> None:
    rubric = rubric_of("criteria: [{id: a, ask: It is a., abstain: true}]")
    outcome = assess(rubric, rollout_of(), {"a": UNSURE})
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.JUDGE_ABSTAINED


def test_p01_a_rule_for_abstentions_is_no_rule_for_failures() -> None:
    rubric = rubric_of("aggregate: {abstain: worst}\ncriteria: [{id: a, ask: It is a.}]")
    outcome = assess(rubric, rollout_of(), {"a": TIMEOUT})
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.JUDGE_TIMEOUT


@pytest.mark.parametrize("rule", ["unscored", "skip", "worst"])
def test_a_saved_abstention_follows_the_rule_of_today(rule: str) -> None:
    rubric = rubric_of(f"aggregate: {{abstain: {rule}}}\ncriteria: [{{id: a, ask: It is a.}}]")
    (criterion,) = rubric.criteria
    saved = [
        Verdict(criterion="a", weight=1.0, cause=Cause.JUDGE_ABSTAINED),
        Verdict(criterion="a", choice="abstained"),
        Verdict(criterion="a", choice="abstained", value=0.0, weight=1.0),
    ]
    found = [reread(rubric, criterion, rollout_of(), verdict) for verdict in saved]
    assert [v and (v.value, v.skipped, v.cause) for v in found] == [
        {
            "unscored": (None, False, Cause.JUDGE_ABSTAINED),
            "skip": (None, True, None),
            "worst": (0.0, False, None),
        }[rule]
    ] * 3


WHEN = """
    criteria:
      - {id: a, ask: It is a.}
      - {id: ref, ask: It agrees with the reference., when: metadata.reference, weight: 3}
"""


@pytest.mark.parametrize("missing", [{}, {"reference": None}, {"reference": ""}, {"reference": False}])
def test_what_does_not_apply_is_neither_asked_nor_counted(missing: dict[str, object]) -> None:
    rubric = rubric_of(WHEN)
    rollout = rollout_of(metadata=missing)
    assert [criterion.id for criterion in pending(rubric, settle(rubric, rollout))] == ["a"]
    outcome = assess(rubric, rollout, {"a": yes(0.5)})
    assert value(outcome) == 0.5
    assert outcome.verdicts[1].reason == "applies only where there is something at metadata.reference"


def test_what_applies_counts() -> None:
    outcome = assess(rubric_of(WHEN), rollout_of(metadata={"reference": "4"}), {"a": yes(1), "ref": yes(0)})
    assert value(outcome) == 0.25


@pytest.mark.parametrize(("language", "asked"), [("de", True), ("fr", True), ("en", False), (["de"], False)])
def test_when_compares_as_labels_are_compared(language: object, asked: bool) -> None:
    rubric = rubric_of("""
        criteria:
          - {id: a, ask: It is a., when: {path: metadata.language, equals: [de, fr]}}
          - {id: b, check: {contains: [t]}}
    """)
    found = settle(rubric, rollout_of(metadata={"language": language}))
    assert ("a" not in found) is asked


def test_p01_where_nothing_applies_there_is_no_value() -> None:
    rubric = rubric_of("criteria: [{id: a, ask: It is a., when: metadata.x}]")
    outcome = assess(rubric, rollout_of(), {})
    assert isinstance(outcome, Unscored)
    assert outcome.detail == "no criterion applies"


HOLISTIC = """
    aggregate: {method: holistic}
    criteria:
      - {id: a, ask: It is a., importance: essential}
      - {id: short, check: {words: {at_most: 3}}, gate: {else: 0}}
      - {id: bad, ask: It is bad., importance: pitfall}
"""


def grade(level: str) -> Reading:
    return Reading({name: float(name == level) for name in ("fails", "poor", "partial", "good", "complete")})


def test_a_holistic_rubric_asks_one_question_behind_its_gates() -> None:
    rubric = rubric_of(HOLISTIC)
    (asked,) = pending(rubric, settle(rubric, rollout_of()))
    assert asked.id == "holistic"
    outcome = assess(rubric, rollout_of(), {"holistic": grade("good")})
    assert value(outcome) == 0.75
    assert [verdict.criterion for verdict in outcome.verdicts] == ["short", "holistic"]
    assert pending(rubric, settle(rubric, rollout_of("far too many words here"))) == []


def test_p01_a_grade_that_could_not_be_had_is_no_value() -> None:
    rubric = rubric_of(HOLISTIC.replace("holistic}", "holistic, min_coverage: 0.1}"))
    assert isinstance(assess(rubric, rollout_of(), {"holistic": TIMEOUT}), Unscored)


def test_p26_blank_text_gets_no_grade_from_a_judge() -> None:
    rubric = rubric_of("aggregate: {method: holistic}\ncriteria: [{id: a, ask: It is a.}]")
    assert value(conclude(rubric, settle(rubric, rollout_of(" ")))) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "aggregate: {method: holistic}\ncriteria: [{id: a, ask: A.}, {id: b, check: {regex: x}}]",
            "a holistic rubric counts one grade by the judge, and not this check",
        ),
        ("aggregate: {method: holistic}\ncriteria: [{id: holistic, ask: A.}]", "`holistic` is the name of"),
        (
            "aggregate: {method: holistic}\ncriteria: [{id: a, ask: A., expect: {label: metadata.a}}]",
            "cannot follow each sample's label",
        ),
        (
            "aggregate: {method: holistic}\ncriteria: [{id: a, check: {regex: x}, gate: {else: 0}}]",
            "there is no statement for the one grade",
        ),
        (
            "aggregate: {method: holistic}\nweights: {mode: uniform}\ncriteria: [{id: a, ask: A.}]",
            "has no weights to correct",
        ),
        (
            "aggregate: {abstain: skip}\ncriteria: [{id: a, ask: A., gate: {else: 0}}]",
            "would leave this gate open",
        ),
        (
            "aggregate: {abstain: skip}\ncriteria: [{id: a, ask: A., gate: {cap: 0.2}}]",
            "would leave this gate open",
        ),
        (
            "criteria: [{id: a, classifier: {claim: prompt}}]",
            "rubric.yaml:3:40: error: the classifier would see nothing of the completion",
        ),
        (
            "inputs: {rule: {from: metadata.rule}}\ncriteria: [{id: a, classifier: {claim: rule}}]",
            "the classifier would see nothing of the completion",
        ),
        (
            "criteria: [{id: a, ask: A., when: {path: metadata.x, equals: null}}]",
            "`equals` is empty: name the value, or leave `equals` out",
        ),
        ("criteria: [{id: a, ask: ' '}]", "a statement without words"),
        ("criteria: [{id: a, ask: A., weight: 1e-310}]", "hardly any effect: the least size is 1e-06"),
        ("importance: {optional: 1e-7}\ncriteria: [{id: a, ask: A.}]", "should be at least 1e-06"),
        (
            "criteria: [{id: a, classifier: {claim: completio}}]",
            "there is no input `completio`",
        ),
        ("aggregate: {range: [0.5, 1]}\ncriteria: [{id: a, ask: A., gate: {cap: 0.2}}]", "0.2 is outside of"),
        ("criteria: [{id: a, ask: A., gate: {cap: 0.2, else: 0}}]", "exactly one of `else: value` and `cap"),
        (
            "criteria: [{id: a, ask: A., importance: essential, weight: 2}]",
            "`weight` or `importance`, not both",
        ),
        (
            "criteria: [{id: a, ask: A., importance: vital}]",
            "'essential', 'important', 'optional' or 'pitfall'",
        ),
        ("criteria: [{id: a, ask: A., importance: pitfall, gate: {else: 0}}]", "a gate cannot be a pitfall"),
        (
            "judge: {mode: all, reason_first: true}\ncriteria: [{id: a, ask: A.}]",
            "is for `mode: per_criterion`",
        ),
        ("criteria: [{id: a, check: {regex: x}, samples: 3}]", "`samples` belongs to `ask`"),
        ("criteria: [{id: a, ask: A., scale: [x, y], evidence: quote}]", "`evidence` is for yes-or-no"),
        ("criteria: [{id: a, ask: A., when: completion}]", "criteria[0].when"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    assert message in problem_of(text)


def test_words_weigh_what_the_rubric_says() -> None:
    rubric = rubric_of("""
        importance: {essential: 8}
        criteria:
          - {id: a, ask: A., importance: essential}
          - {id: b, ask: B., importance: important}
          - {id: c, ask: C., importance: optional}
          - {id: d, ask: D., importance: pitfall}
    """)
    assert [criterion.weight for criterion in rubric.criteria] == [8, 3, 1, -2]


def test_a_word_and_its_weight_are_one_digest() -> None:
    word = rubric_of("criteria: [{id: a, ask: A., importance: important}]")
    number = rubric_of("criteria: [{id: a, ask: A., weight: 3}]")
    other = rubric_of("importance: {important: 4}\ncriteria: [{id: a, ask: A., importance: important}]")
    assert word.digest == number.digest != other.digest


@pytest.mark.parametrize(
    "changed",
    [
        "{id: a, ask: A., evidence: quote}",
        "{id: a, ask: A., samples: 3}",
        "{id: a, ask: A., abstain: true}",
        "{id: a, ask: A., when: metadata.x}",
        "{id: a, ask: A., gate: {cap: 0.5}}",
    ],
)
def test_the_digest_covers_every_key(changed: str) -> None:
    assert rubric_of(f"criteria: [{changed}]").digest != rubric_of("criteria: [{id: a, ask: A.}]").digest


def test_a_scale_is_spelled_in_four_ways() -> None:
    scales = [
        "[low, {high: names a victim}]",
        "{low: 0, high: {value: 1, means: names a victim}}",
    ]
    first, second = (rubric_of(f"criteria: [{{id: a, ask: How?, scale: {s}}}]") for s in scales)
    assert first.digest == second.digest
    assert first.criteria[0].scale == {"low": 0.0, "high": 1.0}
    plain = rubric_of("criteria: [{id: a, ask: How?, scale: [low, high]}]")
    assert plain.digest == rubric_of("criteria: [{id: a, ask: How?, scale: {low: 0, high: 1}}]").digest
    assert plain.digest != first.digest


@pytest.mark.parametrize(
    "scale", ["[a, {b: c, d: e}]", "{a: {value: 0}, b: {means: x}}", "[a, {b: 3}]", "{a: true, b: 1}"]
)
def test_levels_that_are_none(scale: str) -> None:
    assert "rubric.yaml:3:" in problem_of(f"criteria: [{{id: a, ask: How?, scale: {scale}}}]")


def test_an_optional_input_may_be_missing() -> None:
    rubric = rubric_of("""
        inputs:
          reference: {from: metadata.reference, optional: true}
          reply: {from: completion}
        criteria: [{id: a, ask: It is a.}]
    """)
    assert settle(rubric, rollout_of()) == {}
    assert value(assess(rubric, rollout_of(), {"a": yes(1)})) == 1


def test_votes_and_their_disagreement_stand_in_the_verdict() -> None:
    rubric = rubric_of("criteria: [{id: a, ask: It is a.}]")
    reading = Reading({"yes": 0.5, "no": 0.5}, votes=(0.25, 0.75))
    verdict = only_verdict(rubric, rollout_of(), reading)
    assert (verdict.votes, verdict.disagreement) == ((0.25, 0.75), 0.5)
    again = reread(rubric, rubric.criteria[0], rollout_of(), verdict)
    assert again == verdict


def bounds_of(text: str) -> tuple[float, float]:
    rubric: Rubric = rubric_of(text)
    return bounds(rubric)


def test_bounds_know_methods_and_what_may_be_missing() -> None:
    criteria = "criteria: [{id: a, ask: A., weight: 3}, {id: b, ask: B.}, {id: c, ask: C., weight: -2}]"
    assert bounds_of(criteria) == (-0.5, 1)
    assert bounds_of(f"aggregate: {{method: product}}\n{criteria}") == (0, 1)
    assert bounds_of(f"aggregate: {{abstain: skip}}\n{criteria}") == (-2, 1)
    assert bounds_of(criteria.replace("weight: 3", "weight: 3, when: metadata.x")) == (-2, 1)
