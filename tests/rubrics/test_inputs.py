import pytest

from rubrics.cause import Cause
from rubrics.inputs import Input, read_inputs
from rubrics.layout import Layout
from rubrics.outcome import Unscored
from rubrics.rollout import Json, Rollout
from tests.rubrics.making import problem_of, rollout_of, rubric_of

THINK = Layout.model_validate({"reasoning": {"tag": "think"}})
ROLLOUT = rollout_of(
    "<think>why</think> what",
    layout=THINK,
    ground_truth={"label": "spam"},
    metadata={"policy": "No spam.", "scores": [1, "ä"]},
)


def text(source: str, rollout: Rollout = ROLLOUT) -> str | Unscored:
    return Input.model_validate({"from": source}).read(rollout)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("prompt", "prompt"),
        ("completion", "<think>why</think> what"),
        ("completion.reasoning", "why"),
        ("completion.answer", " what"),
        ("ground_truth", '{"label": "spam"}'),
        ("ground_truth.label", "spam"),
        ("metadata.policy", "No spam."),
        ("metadata.scores", '[1, "ä"]'),
    ],
)
def test_where_texts_come_from(source: str, expected: str) -> None:
    assert text(source) == expected


def test_a_completions_missing_part_is_empty() -> None:
    assert text("completion.reasoning", rollout_of("no tags", layout=THINK)) == ""


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("metadata.absent", Cause.MISSING_FIELD),
        ("ground_truth.absent", Cause.MISSING_GROUND_TRUTH),
        ("prompt", Cause.MISSING_FIELD),
    ],
)
def test_p01_what_was_not_sent_is_unscored(source: str, cause: Cause) -> None:
    rollout = Rollout(id="r", completion=ROLLOUT.completion)
    assert text(source, rollout) == Unscored(
        cause, f"the rubric reads {source}, which the rollout does not carry"
    )


def test_all_texts_or_none() -> None:
    inputs = rubric_of("""
        inputs: {policy: {from: metadata.policy}, text: {from: completion}}
        criteria: [{id: a, ask: It is.}]
    """).inputs
    assert read_inputs(inputs, ROLLOUT) == {"policy": "No spam.", "text": "<think>why</think> what"}
    assert isinstance(read_inputs(inputs, rollout_of()), Unscored)


def test_defaults() -> None:
    inputs = rubric_of("criteria: [{id: a, ask: It is.}]").inputs
    assert {name: (each.source, each.trust, each.share) for name, each in inputs.items()} == {
        "prompt": ("prompt", "untrusted", "group"),
        "completion": ("completion", "untrusted", "rollout"),
    }
    reasoning = Input.model_validate({"from": "completion.reasoning"})
    assert (reasoning.trust, reasoning.share) == ("untrusted", "rollout")


@pytest.mark.parametrize(
    ("inputs", "place", "message"),
    [
        ("{text: {from: completion, trust: author}}", "3:", "a completion is never trusted"),
        ("{text: {from: completion.answer, share: group}}", "3:", "differs from rollout to rollout"),
        ("{text: {from: completions}}", "3:23", "completions"),
        ("{text: {from: metadata}}", "3:23", "metadata"),
        ("{text: {form: completion}}", "3:", "did you mean `from`?"),
        ("{text: {from: prompt}}", "3:9", "the judge would see nothing of the completion"),
        ("{Text: {from: completion}}", "3:", "Text"),
    ],
)
def test_mistakes(inputs: str, place: str, message: str) -> None:
    found = problem_of(f"inputs: {inputs}\ncriteria: [{{id: a, ask: It is.}}]\n")
    assert found.startswith(f"rubric.yaml:{place}")
    assert message in found


def test_a_rubric_without_statements_needs_no_input_from_the_completion() -> None:
    inputs: Json = rubric_of("""
        inputs: {policy: {from: metadata.policy}}
        criteria: [{id: a, check: {regex: a}}]
    """).inputs
    assert inputs
