"""What of verl's rows becomes a rollout."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_adapters.json_form import plain
from trainer_adapters.naming import rollout_id
from trainer_adapters.verl.row import group_of, is_validation, metadata, prompt_of, truth_of


class Array:
    """As numpy's arrays and scalars and torch's tensors are: `tolist` gives Python's own."""

    def __init__(self, value: object) -> None:
        self._value = value

    def tolist(self) -> object:
        return self._value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(JSON)
def test_json_is_plain_already(value: object) -> None:
    assert plain(value) == value


def test_arrays_and_tuples_become_lists() -> None:
    value = {"a": Array([Array(1.5), {"b": (Array(True), None)}]), 3: Array("x")}
    assert plain(value) == {"a": [1.5, {"b": [True, None]}], "3": "x"}


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), b"x", {"a": [object()]}, Array(math.nan)])
def test_what_json_has_no_form_of_is_an_error(value: object) -> None:
    with pytest.raises(TypeError, match="has no form in JSON"):
        plain(value)


def test_metadata_is_the_row_without_the_prompt_and_without_images(caplog: pytest.LogCaptureFixture) -> None:
    row = {"index": Array(3), "prompt": "who?", "raw_prompt": ["who?"], "split": None, "picture": object()}
    for _ in range(2):
        assert metadata("gsm8k", row) == {"data_source": "gsm8k", "index": 3}
    assert [record.message for record in caplog.records] == [
        "'picture' is not sent to the reward server: object has no form in JSON"
    ]


def test_the_prompt_is_the_rows_own_or_what_was_asked() -> None:
    asked = Array([{"role": "user", "content": "who?"}])
    assert prompt_of({"prompt": "Who is it?", "raw_prompt": asked}) == "Who is it?"
    assert prompt_of({"raw_prompt": asked}) == [{"role": "user", "content": "who?"}]
    assert prompt_of({"index": 1}) is None


def test_a_ground_truth_that_is_none_is_missing_rather_than_a_crash() -> None:
    assert truth_of({"label": Array(["a", 2])}) == {"label": ["a", 2]}
    assert truth_of(math.nan) is None


def test_a_group_is_named_by_what_its_rollouts_have_in_common() -> None:
    row = {"index": 1, "split": "train", "prompt": "who?", "num_turns": 2, "rollout_reward_scores": {}}
    name = group_of("gsm8k", row, "")
    assert name == group_of("gsm8k", {**row, "num_turns": 5, "rollout_reward_scores": {"tool": 1.0}}, "")
    others = [("math", row, ""), ("gsm8k", {**row, "split": "test"}, ""), ("gsm8k", row, "second run")]
    assert len({name, *(group_of(*other) for other in others)}) == 4
    assert group_of("gsm8k", {"prompt": "who?"}, "") is None


def test_ids_differ_though_completions_are_equal_and_sort_by_what_was_written() -> None:
    first, again, other = rollout_id("a"), rollout_id("a"), rollout_id("b \ud800")
    assert first != again
    assert first[:16] == again[:16] != other[:16]
    assert len(json.dumps(other)) < 100


@pytest.mark.parametrize(
    ("split", "validation"), [("train", False), (None, False), ("test", True), ("val", True)]
)
def test_the_split_tells_validation(split: str | None, validation: bool) -> None:
    assert is_validation({"split": split}) is validation
