import json

import pytest

from rubrics.cause import Cause
from rubrics.criteria.sub_label import SubLabel
from rubrics.layout import Layout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json
from tests.rubrics.making import rollout_of

FREE = Layout.model_validate({"answer": {"json": {"kind": "any"}}})
CLOSED = Layout.model_validate({"answer": {"json": {"kind": [True, False]}}})
NESTED = Layout.model_validate({"answer": {"json": {"labels": "any"}}})


def compare(
    given: Json, human: Json, *, layout: Layout = FREE, labels: dict[str, Json] | None = None
) -> Outcome | None:
    sub_label = SubLabel.model_validate({"field": "kind", "equals": "metadata.kind", "labels": labels})
    answer = given if isinstance(given, str) else json.dumps({"kind": given[0]})  # type: ignore[index]
    return sub_label.compare(rollout_of(answer, layout=layout, metadata={"kind": human}))


@pytest.mark.parametrize(
    ("given", "human", "value"),
    [
        ("spam", "spam", 1),
        ("spam", "ham", 0),
        ("Spam", "spam", 0),
        (True, True, 1),
        (True, "true", 1),
        (False, True, 0),
        (3, 3.0, 1),
        (1, True, 0),
        ([], "spam", 0),
        (None, "spam", 0),
    ],
)
def test_labels_are_compared_as_they_are_written(given: Json, human: Json, value: float) -> None:
    outcome = compare([given], human)
    assert isinstance(outcome, Score)
    assert outcome.value == value


def test_declared_spellings() -> None:
    labels: dict[str, Json] = {"violates": [True, "yes"], "fine": [False, "no"]}
    for given, human, value in [
        ("yes", True, 1.0),
        (True, "violates", 1.0),
        ("violates", "yes", 1.0),
        ("no", True, 0.0),
        ("maybe", True, 0.0),
    ]:
        outcome = compare([given], human, labels=labels)
        assert isinstance(outcome, Score)
        assert outcome.value == value, (given, human)


def test_without_the_humans_label_there_is_nothing_to_compare() -> None:
    assert compare(["spam"], None) is None


def test_p01_an_unreadable_answer_is_the_policys_fault() -> None:
    assert compare("not json", "spam") == Score(0.0, "the answer has no kind")
    assert compare('{"kind": "spam", "kind": "spam"}', "spam") == Score(0.0, "the answer has no kind")
    assert compare("{}", "spam") == Score(0.0, "the answer has no kind")


def test_p01_a_label_that_no_answer_could_equal_is_ours() -> None:
    unscored = Unscored(Cause.INVALID_GROUND_TRUTH, "no answer could equal the label at metadata.kind")
    assert compare([True], "yes", layout=CLOSED) == unscored
    assert compare(["spam"], ["spam"]) == unscored
    assert compare([True], "maybe", labels={"violates": [True], "fine": [False]}) == unscored
    assert compare([True], "yes", layout=CLOSED, labels={"violates": [True, "yes"]}) == Score(
        1.0, "kind equals the human label"
    )


def test_a_field_may_be_nested() -> None:
    sub_label = SubLabel.model_validate({"field": "labels.kind", "equals": "ground_truth"})
    rollout = rollout_of('{"labels": {"kind": "spam"}}', layout=NESTED, ground_truth="spam")
    assert sub_label.compare(rollout) == Score(1.0, "labels.kind equals the human label")
