import pytest

from rubrics.cause import Cause
from rubrics.criteria.criterion import Criterion
from rubrics.outcome import Unscored
from rubrics.rollout import Json
from rubrics.verdict import SKIPPED, Reading
from tests.rubrics.making import only_verdict, problem_of, rollout_of, rubric_of, yes

SCALE = "{id: a, ask: How much?, scale: {none: 0, some: 0.25, all: 1}%s}"


def value(criterion: str, reading: Reading, label: Json = None) -> float | None:
    rubric = rubric_of(f"criteria: [{criterion}]")
    return only_verdict(rubric, rollout_of(metadata={"label": label}), reading).value


@pytest.mark.parametrize(
    ("expect", "label", "expected"),
    [
        ("met", None, 0.9),
        ("unmet", None, 0.1),
        *[("{label: metadata.label}", word, 0.9) for word in (True, "true", "yes", "YES", "met", 1, "1")],
        *[("{label: metadata.label}", word, 0.1) for word in (False, "false", "no", "unmet", 0, "0")],
    ],
)
def test_what_is_expected_of_a_statement(expect: str, label: Json, expected: float) -> None:
    found = value(f"{{id: a, ask: It is., expect: {expect}}}", yes(0.9), label)
    assert found == pytest.approx(expected)


def test_a_scale_is_worth_its_expected_value() -> None:
    # 0.2 * 0 + 0.4 * 0.25 + 0.4 * 1 = 0.5
    reading = Reading({"none": 0.2, "some": 0.4, "all": 0.4})
    assert value(SCALE % "", reading) == pytest.approx(0.5)
    assert value(SCALE % ", expect: unmet", reading) == pytest.approx(0.5)
    # 1 - |0.5 - 0.25| and 1 - |0.5 - 1|
    assert value(SCALE % ", expect: {label: metadata.label}", reading, "some") == pytest.approx(0.75)
    assert value(SCALE % ", expect: {label: metadata.label}", reading, "all") == pytest.approx(0.5)


def test_the_verdict_tells_what_was_found_before_it_was_expected() -> None:
    statement = rubric_of("criteria: [{id: a, ask: It is., expect: unmet}]")
    verdict = only_verdict(statement, rollout_of(), yes(0.75))
    assert (verdict.choice, verdict.probability, verdict.value) == ("met", 0.75, 0.25)
    scale = rubric_of(f"criteria: [{SCALE % ''}]")
    verdict = only_verdict(scale, rollout_of(), Reading({"none": 0.2, "some": 0.5, "all": 0.3}))
    assert verdict.choice == "some"
    assert verdict.probability == pytest.approx(0.425)


def test_a_list_of_levels_is_evenly_spaced_worst_first() -> None:
    criterion = rubric_of("criteria: [{id: a, ask: How well?, scale: [bad, fair, good]}]").criteria[0]
    assert criterion.scale == {"bad": 0.0, "fair": 0.5, "good": 1.0}
    assert criterion.choices == ("bad", "fair", "good")
    numbers = rubric_of("criteria: [{id: a, ask: How well?, scale: [1, 2, 3, 4, 5]}]").criteria[0]
    assert numbers.scale == {"1": 0.0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1.0}


def test_without_its_label_a_criterion_is_skipped() -> None:
    for criterion in (
        "{id: a, ask: It is., expect: {label: metadata.label}}",
        "{id: a, check: {regex: x}, expect: {label: metadata.label}}",
        "{id: a, check: {python: 'tests.rubrics.author_checks:too_much'}, expect: {label: metadata.label}}",
        "{id: a, label: {field: x, equals: metadata.label}}",
    ):
        verdict = only_verdict(rubric_of(f"criteria: [{criterion}]"), rollout_of())
        assert verdict.skipped
        assert (verdict.choice, verdict.value, verdict.weight, verdict.cause) == (SKIPPED, None, None, None)
        assert verdict.reason == "no label at metadata.label"


@pytest.mark.parametrize("label", ["maybe", 2, [], {"yes": 1}, ""])
def test_p01_a_label_that_means_nothing_is_unscored(label: Json) -> None:
    rubric = rubric_of("criteria: [{id: a, ask: It is., expect: {label: metadata.label}}]")
    verdict = only_verdict(rubric, rollout_of(metadata={"label": label}))
    assert (verdict.cause, verdict.value) == (Cause.INVALID_GROUND_TRUTH, None)
    scale = rubric_of(f"criteria: [{SCALE % ', expect: {label: metadata.label}'}]")
    verdict = only_verdict(scale, rollout_of(metadata={"label": label}))
    assert verdict.reason == "the label at metadata.label is not none or some or all"


def test_a_check_can_be_expected_too() -> None:
    rubric = rubric_of("criteria: [{id: a, check: {regex: spam}, expect: {label: metadata.label}}]")
    assert only_verdict(rubric, rollout_of("spam", metadata={"label": "yes"})).value == 1.0
    assert only_verdict(rubric, rollout_of("spam", metadata={"label": "no"})).value == 0.0
    assert only_verdict(rubric, rollout_of("ham", metadata={"label": "no"})).value == 1.0


@pytest.mark.parametrize(
    ("reading", "cause"),
    [
        (Unscored(Cause.JUDGE_TIMEOUT, "no reply within 60 s"), Cause.JUDGE_TIMEOUT),
        (Unscored(Cause.JUDGE_ABSTAINED), Cause.JUDGE_ABSTAINED),
    ],
)
def test_p01_what_the_judge_could_not_say_has_no_value(reading: Unscored, cause: Cause) -> None:
    verdict = only_verdict(rubric_of("criteria: [{id: a, ask: It is., weight: 3}]"), rollout_of(), reading)
    assert (verdict.value, verdict.cause, verdict.reason) == (None, cause, reading.detail)
    assert verdict.weight == 3


@pytest.mark.parametrize(
    "chances",
    [{"yes": 0.5, "no": 0.4}, {"yes": 1.5, "no": -0.5}, {"yes": float("nan"), "no": 0.5}, {}],
)
def test_p06_a_reading_is_a_distribution(chances: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a Reading's probabilities"):
        Reading(chances)


def test_a_reading_over_other_choices_is_refused() -> None:
    rubric = rubric_of("criteria: [{id: a, ask: It is.}]")
    with pytest.raises(ValueError, match="a offers yes, no; this reading is over none, all"):
        only_verdict(rubric, rollout_of(), Reading({"none": 0.5, "all": 0.5}))


def test_labels_have_one_name_however_they_are_spelled() -> None:
    rollout = rollout_of(metadata={"label": True, "level": 2})
    statement = Criterion.model_validate({"id": "a", "ask": "It is.", "expect": {"label": "metadata.label"}})
    assert statement.label_of(rollout) == "yes"
    labels = {"violates": [True, "yes"]}
    match = Criterion.model_validate(
        {"id": "a", "label": {"field": "x", "equals": "metadata.label", "labels": labels}}
    )
    assert match.label_of(rollout) == "violates"
    scale = Criterion.model_validate(
        {"id": "a", "ask": "?", "scale": [1, 2], "expect": {"label": "metadata.level"}}
    )
    assert scale.label_of(rollout) == "2"
    assert scale.label_of(rollout_of(metadata={"level": 7})) is None


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        ("{id: a}", "a criterion is exactly one of ask, check, label, classifier and use; found none"),
        ("{id: a, ask: It is., check: {regex: x}}", "found ask and check"),
        ("{id: a, ask: It is., weight: 0}", "a weight of 0 has no effect"),
        ("{id: a, ask: It is., weight: .inf}", ".inf is not a"),
        ("{id: A, ask: It is.}", "id"),
        ("{id: 1a, ask: It is.}", "id"),
        ("{id: a, ask: ''}", "ask"),
        ("{id: a, check: {regex: x}, anchors: {met: x, unmet: y}}", "`anchors` belongs to `ask`"),
        ("{id: a, ask: How?, scale: [x, y], anchors: {met: x, unmet: y}}", "`anchors` is for yes-or-no"),
        ("{id: a, ask: How?, scale: [x]}", "a scale is different level names"),
        ("{id: a, ask: How?, scale: [x, x]}", "a scale is different level names"),
        ("{id: a, ask: How?, scale: {x: 0.5, y: 0.5}}", "a scale needs two levels of different value"),
        (f"{{id: a, ask: How?, scale: {list(range(27))}}}", "a scale has at most 24 levels"),
        ("{id: a, ask: How?, scale: {x: 0, y: 2}}", "criteria[0].scale.y"),
        ("{id: a, ask: It is., expect: yes}", "say `expect: met`"),
        ("{id: a, ask: It is., expect: {lable: x}}", "did you mean `label`?"),
        (
            "{id: a, label: {field: x, equals: y}, expect: unmet}",
            "`label` already compares with a human label",
        ),
        ("{id: a, ask: It is., weight: -1, gate: {else: 0}}", "a gate cannot be a pitfall"),
        ("{id: a, ask: It is., gate: {else: 1.5}}", "criteria[0].gate.else"),
        ("{id: a, ask: It is., gate: {}}", "exactly one of `else: value` and `cap: value`"),
        ("{id: a, ask: It is., wieght: 9}", "did you mean `weight`?"),
        ("{id: a, ask: It is., weight: '9'}", "criteria[0].weight"),
        ("{id: a, ask: It is., weight: true}", "criteria[0].weight"),
    ],
)
def test_mistakes(criterion: str, message: str) -> None:
    found = problem_of(f"criteria: [{criterion}]")
    assert message in found
    assert found.startswith("rubric.yaml:3:")
