import pytest
from pydantic import ValidationError

from rubrics.layout import PLAIN, Answer, Layout, Reasoning, Reflection, Vocabulary


def test_tags() -> None:
    reasoning = Reasoning(tag="scratch_pad")
    assert (reasoning.opening, reasoning.closing) == ("<scratch_pad>", "</scratch_pad>")
    assert Reasoning().opening == "<think>"


@pytest.mark.parametrize("tag", ["", "1st", "a b", "<think>", "a\n", "é"])
def test_a_tag_is_a_plain_name(tag: str) -> None:
    with pytest.raises(ValidationError):
        Reasoning(tag=tag)
    with pytest.raises(ValidationError):
        Answer(tag=tag)


@pytest.mark.parametrize("kinds", [{}, {"json": {"a": [True]}, "tag": "answer"}])
def test_an_answer_is_of_exactly_one_kind(kinds: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="exactly one of json, reflection or tag"):
        Answer.model_validate(kinds)


def test_reflection_puts_the_sub_labels_between_the_decisions() -> None:
    labels: dict[str, Vocabulary] = {"b": ["yes", "no"], "a": ["yes", "no"]}
    answer = Answer(reflection=Reflection(sub_labels=labels))
    assert answer.keys == {
        "first_decision": [True, False],
        "b": ["yes", "no"],
        "a": ["yes", "no"],
        "last_decision": [True, False],
    }
    assert list(answer.keys) == ["first_decision", "b", "a", "last_decision"]


def test_json_keys_keep_their_order_and_types() -> None:
    answer = Answer.model_validate({"json": {"z": [True, "true", 1], "a": "string"}})
    assert answer.keys is not None
    assert list(answer.keys) == ["z", "a"]
    assert answer.keys["z"] == [True, "true", 1]
    assert isinstance(answer.keys["z"][0], bool)


def test_a_tag_has_no_keys() -> None:
    assert Answer(tag="answer").keys is None


def test_unknown_options_and_types_are_refused() -> None:
    wrongs: list[dict[str, object]] = [
        {"reasoning": {"tags": "think"}},
        {"answer": {"json": {"a": "bool"}}},
        {"thinking": {}},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            Layout.model_validate(wrong)


def test_a_layout_used_for_reading_still_equals_a_fresh_one() -> None:
    used, fresh = (Layout.model_validate({"reasoning": {}, "answer": {"tag": "answer"}}) for _ in range(2))
    assert used.reasoning is not None
    assert used.reasoning.opening  # remembered from here on
    assert used == fresh
    assert used.model_dump(mode="json") == fresh.model_dump(mode="json")
    assert Layout() == PLAIN
