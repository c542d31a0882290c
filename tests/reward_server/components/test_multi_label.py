import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reward_server.components.multi_label import MultiLabel
from rubrics.cause import Cause
from rubrics.layout import PLAIN, Layout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Json
from tests.reward_server.components.entry import component, rollout

JSON = Layout.model_validate({"answer": {"json": {"labels": "any"}}})
SETS = st.lists(st.sampled_from("abcdef"), unique=True)


def score(options: dict[str, Json], text: str, truth: Json, layout: Layout = PLAIN) -> Outcome:
    return MultiLabel.model_validate(options).score(rollout(text, layout, ground_truth=truth))


def value(options: dict[str, Json], text: str, truth: Json, layout: Layout = PLAIN) -> float:
    outcome = score(options, text, truth, layout)
    assert isinstance(outcome, Score)
    return outcome.value


@pytest.mark.parametrize(
    ("text", "truth", "f1"),
    [
        ("a, b", ["a", "b"], 1),
        ("b; A\n", ["a", "b"], 1),
        ("a", ["a", "b"], 2 / 3),  # precision 1, recall 1/2
        ("a, b, c", ["a", "d"], 2 / 5),  # precision 1/3, recall 1/2
        ("c", ["a"], 0),
        ("none", [], 1),
        ("None.", [], 1),
        ("a", [], 0),
        ("none", ["a"], 0),
        ("Hate speech, spam.", "spam, hate  speech", 1),
    ],
)
def test_f1_by_hand(text: str, truth: Json, f1: float) -> None:
    assert value({}, text, truth) == pytest.approx(f1)
    assert value({"score": "exact"}, text, truth) == (f1 == 1)


def test_the_reason_counts() -> None:
    assert score({}, "a, b, c", ["a", "d"]).reason == "1 right, 2 too many, 1 missed"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a, a", "a label is named twice"),
        ("a, A", "a label is named twice"),
        ("a,, b", "not a list of labels"),
        (",", "not a list of labels"),
        ("  ", "answer_missing"),
    ],
)
def test_a_wrong_form_is_zero(text: str, reason: str) -> None:
    assert score({}, text, ["a"]) == Score(0.0, reason)
    assert value({}, text, []) == 0


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ('["a", "b"]', 1),
        ('["b", "a"]', 1),
        ('["a"]', 2 / 3),
        ('["A", "b"]', 1 / 2),
        ('["a", "a", "b"]', 0),
        ('"a, b"', 0),
        ('["a", 1]', 0),
        ("[]", 0),
        ("null", 0),
    ],
)
def test_a_json_array_is_compared_exactly(labels: str, expected: float) -> None:
    text = f'{{"labels": {labels}}}'
    assert value({"field": "labels"}, text, ["a", "b"], JSON) == pytest.approx(expected)
    assert value({"field": "labels"}, text, {"labels": ["a", "b"]}, JSON) == pytest.approx(expected)


def test_two_empty_arrays_agree() -> None:
    assert value({"field": "labels"}, '{"labels": []}', [], JSON) == 1
    assert value({"field": "labels"}, "garbage", [], JSON) == 0


def test_a_vocabulary_guards_the_truth_and_gains_an_inventor_nothing() -> None:
    options: dict[str, Json] = {"labels": ["Spam", "Hate"]}
    assert value(options, "spam, invented", ["spam"]) == pytest.approx(2 / 3)
    outcome = score(options, "spam", ["spam", "other"])
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.INVALID_GROUND_TRUTH


@pytest.mark.parametrize(
    ("truth", "cause"),
    [
        (None, Cause.MISSING_GROUND_TRUTH),
        (3, Cause.INVALID_GROUND_TRUTH),
        (["a", "a"], Cause.INVALID_GROUND_TRUTH),
        ("", Cause.INVALID_GROUND_TRUTH),
        ({"a": 1}, Cause.INVALID_GROUND_TRUTH),
    ],
)
@pytest.mark.parametrize("text", ["a", ""])
def test_p01_a_truth_that_is_no_set_is_unscored(text: str, truth: Json, cause: Cause) -> None:
    outcome = score({}, text, truth)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == cause


@given(SETS, SETS)
def test_f1_is_symmetric_bounded_and_one_only_for_equal_sets(said: list[str], truth: list[str]) -> None:
    f1 = value({}, ", ".join(said) or "none", truth)
    assert 0 <= f1 <= 1
    assert (f1 == 1) == (set(said) == set(truth))
    assert f1 == pytest.approx(value({}, ", ".join(truth) or "none", said))


@given(SETS, SETS.filter(bool))
def test_naming_every_label_never_beats_the_truth(said: list[str], truth: list[str]) -> None:
    everything = value({}, "a,b,c,d,e,f", truth)
    assert everything == pytest.approx(2 * len(truth) / (6 + len(truth)))
    assert value({}, ",".join(truth), truth) >= max(everything, value({}, ",".join(said) or "none", truth))


def test_options_are_checked() -> None:
    with pytest.raises(ValidationError, match="'f1' or 'exact'"):
        MultiLabel.model_validate({"score": "f2"})
    with pytest.raises(ConfigError, match="did you mean `labels`"):
        component("{use: multi_label, field: label}", layout=JSON)
    assert component("{use: multi_label, field: labels, score: exact}", layout=JSON).identity() == {
        "field": "labels", "truth": "ground_truth", "score": "exact", "labels": None, "empty": ["none"],
    }  # fmt: skip


@pytest.mark.parametrize("hostile", ["a," * 1_000_000, "a" * 10_000_000, ", ".join(map(str, range(300_000)))])
def test_p19_hostile_text_is_just_wrong(hostile: str) -> None:
    assert value({}, hostile, ["a"]) == pytest.approx(0, abs=1e-5)
