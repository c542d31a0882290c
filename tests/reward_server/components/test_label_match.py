import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reward_server.components.label_match import LabelMatch
from rubrics.cause import Cause
from rubrics.layout import PLAIN, Layout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Json
from tests.reward_server.components.entry import component, group, rollout

POLICY = Layout.model_validate(
    {
        "reasoning": {"tag": "think"},
        "answer": {
            "json": {"policy_1": [True, False], "policy_2": ["yes", "no"], "conclusion": [True, False]}
        },
    }
)
OPEN = Layout.model_validate({"answer": {"json": {"topic": "string", "detail": "any"}}})
VIOLATING = {"violating": [True, "true", "yes", "Yes"], "ok": [False, "false", "no", "No"]}
WORDS = {"violating": ["violating", "breaks the policy"], "ok": ["ok", "not violating"], "unsure": ["unsure"]}


def answered(policy_1: str = "true", policy_2: str = '"no"', conclusion: str = "true") -> str:
    fields = f'"policy_1": {policy_1}, "policy_2": {policy_2}, "conclusion": {conclusion}'
    return f"<think>because</think>{{{fields}}}"


def score(
    options: dict[str, Json], text: str, truth: Json, layout: Layout = POLICY, **fields: Json
) -> Outcome:
    label_match = LabelMatch.model_validate(options)
    return label_match.score(rollout(text, layout, ground_truth=truth, **fields))


def value(outcome: Outcome) -> float | str:
    return outcome.value if isinstance(outcome, Score) else outcome.cause.value


@pytest.mark.parametrize(
    ("conclusion", "truth", "expected"),
    [
        ("true", True, 1),
        ("false", True, 0),
        ("false", False, 1),
        ('"true"', True, 0),
        ("1", True, 0),
        ("null", True, 0),
    ],
)
def test_the_vocabulary_of_the_layout_is_exact(conclusion: str, truth: Json, expected: float) -> None:
    assert value(score({"field": "conclusion"}, answered(conclusion=conclusion), truth)) == expected


@pytest.mark.parametrize("truth", [True, {"conclusion": True, "policy_1": False}])
def test_the_truth_may_be_an_object_of_labels(truth: Json) -> None:
    assert score({"field": "conclusion"}, answered(), truth) == Score(1.0, "the right label")


@pytest.mark.parametrize(
    ("truth", "cause"),
    [
        (None, Cause.MISSING_GROUND_TRUTH),
        ({"policy_1": True}, Cause.MISSING_GROUND_TRUTH),
        ("true", Cause.INVALID_GROUND_TRUTH),
        (1, Cause.INVALID_GROUND_TRUTH),
        ([True], Cause.INVALID_GROUND_TRUTH),
    ],
)
@pytest.mark.parametrize("text", [answered(), "garbage"])
def test_p01_what_the_data_lacks_is_unscored_whatever_was_answered(
    text: str, truth: Json, cause: Cause
) -> None:
    outcome = score({"field": "conclusion"}, text, truth)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == cause


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no tags at all", "reasoning_missing"),
        ("<think>cut off", "reasoning_unclosed"),
        ("<think>a</think>true", "answer_not_json"),
        ('<think>a</think>{"conclusion": true, "conclusion": true}', "answer_duplicate_key"),
        ('<think>a</think>{"conclusion": true} and more', "text_after_answer"),
        ('<think>a</think>{"policy_1": true}', "answer_keys"),
        ("", "reasoning_missing"),
    ],
)
def test_p01_an_unreadable_answer_is_a_zero_with_its_fault(text: str, reason: str) -> None:
    assert score({"field": "conclusion"}, text, True) == Score(0.0, reason)


@pytest.mark.parametrize("spelling", ["true", '"true"', '"yes"', '"Yes"'])
@pytest.mark.parametrize("truth", [True, "true", "yes", "violating"])
def test_declared_spellings_name_one_class(spelling: str, truth: Json) -> None:
    options: dict[str, Json] = {"field": "conclusion", "labels": VIOLATING}
    assert value(score(options, answered(conclusion=spelling), truth)) == 1
    assert value(score(options, answered(conclusion="false"), truth)) == 0


@pytest.mark.parametrize("spelling", ['"YES"', '" yes"', "1", '"violating"', "[true]", '{"a": 1}'])
def test_no_other_spelling_counts(spelling: str) -> None:
    outcome = score({"field": "conclusion", "labels": VIOLATING}, answered(conclusion=spelling), True)
    assert outcome == Score(0.0, "not one of the labels")


def test_an_open_vocabulary_compares_by_json_type() -> None:
    text = '{"topic": "spam", "detail": {"kind": 1}}'
    assert value(score({"field": "topic"}, text, "spam", OPEN)) == 1
    assert value(score({"field": "topic"}, text, "Spam", OPEN)) == 0
    assert value(score({"field": "topic"}, text, 3, OPEN)) == "invalid_ground_truth"
    assert value(score({"field": "detail.kind"}, text, 1.0, OPEN)) == 1
    assert value(score({"field": "detail.kind"}, text, True, OPEN)) == 0
    assert value(score({"field": "detail"}, text, "x", OPEN)) == 0


def test_several_fields_are_graded_together() -> None:
    truth = {"policy_1": True, "policy_2": "yes", "conclusion": True}
    fields: dict[str, Json] = {"field": ["policy_1", "policy_2", "conclusion"]}
    assert score(fields, answered(), truth) == Score(0.0, "wrong: policy_2")
    share = score({**fields, "grade": "fraction"}, answered(), truth)
    assert share == Score(2 / 3, "wrong: policy_2")
    assert value(score(fields, answered(policy_2='"yes"'), truth)) == 1
    assert value(score({**fields, "grade": "fraction"}, "garbage", truth)) == 0
    assert value(score(fields, answered(), {"policy_1": True})) == "missing_ground_truth"


def test_the_truth_can_stand_in_the_metadata() -> None:
    options: dict[str, Json] = {"field": "conclusion", "truth": "metadata.labels"}
    assert value(score(options, answered(), None, metadata={"labels": {"conclusion": True}})) == 1
    assert value(score(options, answered(), True)) == "missing_ground_truth"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This is VIOLATING.", 1),
        ("It breaks  the\npolicy!", 1),
        ("违规: violating。", 1),
        ("violating, I repeat: violating", 1),
        ("Not violating", 0),
        ("not   violating", 0),
        ("nonviolating", 0),
        ("violating_content", 0),
        ("violating or ok", 0),
        ("violating? unsure", 0),
        ("no idea", 0),
    ],
)
def test_text_must_name_exactly_one_class(text: str, expected: float) -> None:
    assert value(score({"labels": WORDS}, text, "violating", PLAIN)) == expected


def test_hedging_is_wrong_for_every_truth() -> None:
    for truth in WORDS:
        outcome = score({"labels": WORDS}, "ok / violating / unsure", truth, PLAIN)
        assert outcome == Score(0.0, "more than one label is named")


@given(
    st.lists(st.sampled_from([word for words in WORDS.values() for word in words]), max_size=4),
    st.sampled_from(sorted(WORDS)),
)
def test_no_text_is_right_for_two_truths(words: list[str], other: str) -> None:
    text = ", ".join(words)
    right = [truth for truth in WORDS if value(score({"labels": WORDS}, text, truth, PLAIN)) == 1]
    assert len(right) <= 1
    named = {name for name, spellings in WORDS.items() if set(words) & set(spellings)}
    assert right == (list(named) if len(named) == 1 else [])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "give `field`"),
        ({"field": "a", "grade": "fraction"}, "needs a list of keys"),
        ({"field": []}, "at least 1 item"),
        ({"labels": {"a": ["x"]}}, "at least 2 items"),
        ({"labels": {"a": ["Yes"], "b": ["yes"]}}, "`yes` is a spelling of both `a` and `b`"),
        ({"labels": {"a": ["x"], "b": ["a"]}}, "`a` is a spelling of both `a` and `b`"),
        ({"field": "x", "labels": {"a": [True, 1.0], "b": [1]}}, "`1` is a spelling of both `a` and `b`"),
    ],
)
def test_inconsistent_options_are_refused(options: dict[str, Json], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        LabelMatch.model_validate(options)


def test_true_and_one_are_different_spellings() -> None:
    LabelMatch.model_validate({"field": "x", "labels": {"a": [True], "b": [1], "c": ["true"]}})


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        ("{use: label_match, field: conclusions}", ["no key `conclusions`", "did you mean `conclusion`?"]),
        ("{use: label_match, field: [conclusion, policy_3]}", ["no key `policy_3`"]),
        ("{use: label_match, labels: {a: [x], b: [y]}}", ["name one of its keys in `field`"]),
    ],
)
def test_a_field_must_be_a_key_of_the_layout(entry: str, lines: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        component(entry, layout=POLICY)
    assert all(line in str(caught.value) for line in ["reward.yaml:2:", *lines])


async def test_a_bound_component_scores_a_group() -> None:
    bound = component("{use: label_match, field: conclusion}", layout=POLICY)
    outcomes = await bound(
        group(*(rollout(answered(conclusion=c), POLICY, ground_truth=True) for c in ("true", "false")))
    )
    assert [value(outcome) for outcome in outcomes] == [1, 0]
    assert bound.bounds == (0, 1)


def test_one_component_reads_each_layout_by_its_own_vocabulary() -> None:
    label_match = LabelMatch.model_validate({"field": "conclusion"})
    words = Layout.model_validate({"answer": {"json": {"conclusion": ["true", "false"]}}})
    for _ in range(2):
        boolean = rollout(answered(), POLICY, ground_truth=True)
        text = rollout('{"conclusion": "true"}', words, ground_truth="true")
        assert [value(label_match.score(it)) for it in (boolean, text)] == [1, 1]


@pytest.mark.parametrize("hostile", ["ok" * 5_000_000, "not " * 2_500_000, "ok " * 500_000, "\ud800 ok"])
def test_p19_hostile_text_is_read_in_one_pass(hostile: str) -> None:
    assert value(score({"labels": WORDS}, hostile, "violating", PLAIN)) == 0
