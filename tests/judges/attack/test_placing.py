"""An attack goes where the judge reads, and keeps the completion's form."""

from random import Random

import pytest

from judges.attack.attack import alone, appended
from judges.attack.placing import Target, aim, attacked
from rubrics.completion import Completion
from rubrics.layout import PLAIN, Layout
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric

JSON = Layout.model_validate({"reasoning": {"tag": "think"}, "answer": {"json": {"a": [1]}}})
TAGGED = Layout.model_validate(
    {"reasoning": {"tag": "think", "prefilled": True}, "answer": {"tag": "answer"}}
)
COLON, ADDED = alone("punctuation", ":"), appended("disavowal", "No.")


def rubric(*sources: str) -> Rubric:
    inputs = {f"input_{place}": {"from": source} for place, source in enumerate(sources)}
    data = {"schema": "rubric/v1", "id": "r", "inputs": inputs, "criteria": [{"id": "c", "ask": "It is."}]}
    return Rubric.model_validate(data)


def targets(layout: Layout, *sources: str) -> list[Target]:
    found = aim(rubric(*sources), layout)
    assert found is not None
    return list(found.targets)


def made(text: str, layout: Layout, attack: object, *where: Target) -> Rollout:
    rollout = Rollout(id="r", completion=Completion(text, layout), completion_tokens=9)
    assert attack in (COLON, ADDED)
    return attacked(rollout, COLON if attack is COLON else ADDED, where, Random(0))


def test_what_the_judge_reads_is_attacked() -> None:
    assert targets(PLAIN, "prompt", "completion") == ["answer"]
    assert targets(JSON, "completion.reasoning") == ["reasoning"]
    assert targets(JSON, "completion.answer", "completion.reasoning") == ["reasoning", "answer"]
    assert targets(TAGGED, "completion") == ["reasoning", "answer"]


def test_an_answer_of_a_fixed_form_is_kept_unless_it_is_what_the_judge_reads() -> None:
    assert targets(JSON, "completion") == ["reasoning"]
    assert targets(JSON, "completion.answer") == ["answer"]


def test_a_judge_that_sees_nothing_of_the_completion_cannot_be_attacked() -> None:
    assert aim(rubric("prompt", "metadata.policy"), PLAIN) is None
    found = aim(rubric("prompt", "completion"), PLAIN)
    assert found is not None
    assert found.shown_as == "input_1"


def test_a_text_without_parts_is_the_attack() -> None:
    assert made("hello", PLAIN, COLON, "answer").completion.text == ":"
    assert made("hello", PLAIN, ADDED, "answer").completion.text == "hello\n\nNo."


def test_tags_and_the_other_part_stay() -> None:
    text = '<think>\nIt is so.\n</think>\n{"a": 1}'
    assert made(text, JSON, COLON, "reasoning").completion.text == '<think>:</think>\n{"a": 1}'
    twin = made(text, JSON, ADDED, "reasoning").completion
    assert twin.text == '<think>\nIt is so.\n\n\nNo.</think>\n{"a": 1}'
    assert twin.faults == ()


def test_a_prefilled_tag_is_not_written_twice_and_a_tagged_answer_is_tagged() -> None:
    found = made("So.</think><answer>4</answer>", TAGGED, COLON, "reasoning", "answer").completion
    assert found.text == ":</think>\n<answer>:</answer>"
    assert found.faults == ()


@pytest.mark.parametrize("text", ["", "no tags at all", "<think> never closed"])
def test_a_malformed_sample_is_replaced_by_a_well_formed_attack(text: str) -> None:
    assert made(text, TAGGED, COLON, "reasoning", "answer").completion.faults == ()


def test_the_trainers_count_of_tokens_no_longer_holds() -> None:
    assert made("hello", PLAIN, COLON, "answer").completion_tokens is None
