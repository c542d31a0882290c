"""How completions come apart. The table of malformed ones is in the tests of the `structure` component."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.completion import Completion, Fault, allowed, same, take_apart
from rubrics.layout import PLAIN, Layout, Vocabulary

JSON = Layout.model_validate(
    {"reasoning": {}, "answer": {"json": {"label": ["spam", "ham"], "score": "number"}}}
)
PREFILLED = Layout.model_validate({"reasoning": {"prefilled": True}, "answer": {"json": {"label": "string"}}})
TAGGED = Layout.model_validate({"reasoning": {}, "answer": {"tag": "answer"}})
FREE = Layout.model_validate({"reasoning": {"tag": "plan"}})
LAYOUTS = [PLAIN, JSON, PREFILLED, TAGGED, FREE]


def test_a_sound_completion() -> None:
    completion = Completion('<think>\nIt sells.\n</think>\n{"label": "spam", "score": 0.5}', JSON)
    assert completion.reasoning == "\nIt sells.\n"
    assert completion.answer == '{"label": "spam", "score": 0.5}'
    assert completion.fields == {"label": "spam", "score": 0.5}
    assert completion.faults == ()
    assert completion.part("all") == completion.text
    assert completion.part("reasoning") == "\nIt sells.\n"
    assert completion.part("answer") == '{"label": "spam", "score": 0.5}'


def test_without_a_layout_the_text_is_the_answer() -> None:
    completion = Completion("<think>no</think> 42")
    assert completion.answer == completion.text
    assert completion.reasoning is None
    assert completion.part("reasoning") == ""
    assert completion.faults == ()
    assert Completion(" \n").faults == (Fault.ANSWER_MISSING,)


def test_an_answer_in_tags() -> None:
    completion = Completion("<think>6 * 7</think> <answer> 42 </answer>\n", TAGGED)
    assert completion.answer == "42"
    assert completion.faults == ()


def test_free_text_after_the_reasoning() -> None:
    completion = Completion("<plan>first</plan>Then this.", FREE)
    assert (completion.reasoning, completion.answer) == ("first", "Then this.")


@pytest.mark.parametrize("text", ['because</think>{"label": "x"}', '<think>because</think>{"label": "x"}'])
def test_a_prefilled_opening_tag_may_be_left_out(text: str) -> None:
    completion = Completion(text, PREFILLED)
    assert completion.reasoning == "because"
    assert completion.fields == {"label": "x"}
    assert completion.faults == ()


def test_without_its_opening_tag_reasoning_is_not_believed() -> None:
    completion = Completion('because</think>{"label": "spam", "score": 1}', JSON)
    assert completion.reasoning is None
    assert completion.fields == {"label": "spam", "score": 1}
    assert completion.faults == (Fault.REASONING_UNOPENED,)


def test_unclosed_reasoning_swallows_the_answer() -> None:
    completion = Completion('<think>hm {"label": "spam", "score": 1}', JSON)
    assert (completion.reasoning, completion.answer, completion.fields) == (None, None, None)
    assert completion.faults == (Fault.REASONING_UNCLOSED, Fault.ANSWER_MISSING)


def test_a_bare_answer_is_read_though_its_reasoning_is_missing() -> None:
    completion = Completion('{"label": "spam", "score": 1}', JSON)
    assert completion.fields == {"label": "spam", "score": 1}
    assert completion.faults == (Fault.REASONING_MISSING,)


def test_an_empty_fence_holds_no_json() -> None:
    assert Completion("<think>a</think>```json\n```", JSON).faults == (
        Fault.ANSWER_FENCED,
        Fault.ANSWER_NOT_JSON,
    )


def test_a_fenced_answer_is_read_and_named() -> None:
    completion = Completion('<think>a</think>\n```json\n{"label": "ham", "score": 1}\n```', JSON)
    assert completion.fields == {"label": "ham", "score": 1}
    assert completion.faults == (Fault.ANSWER_FENCED,)


def test_parts_are_read_once() -> None:
    completion = Completion("<think>a</think>b", FREE)
    assert completion.parts is completion.parts


@pytest.mark.parametrize(
    ("value", "vocabulary", "is_allowed"),
    [
        (True, [True, False], True),
        ("true", [True, False], False),
        (1, [True, False], False),
        (0, [True, False], False),
        (True, ["true", 1], False),
        (1.0, [1, 2], True),
        ("yes", ["yes", "no"], True),
        ("Yes", ["yes", "no"], False),
        ("yes ", ["yes", "no"], False),
        (None, [None, "x"], True),
        ([], [None, "x"], False),
        ({"a": 1}, ["x"], False),
        ("text", "string", True),
        (3, "integer", True),
        (3.0, "integer", False),
        (True, "integer", False),
        (True, "number", False),
        (2.5, "number", True),
        ("2.5", "number", False),
        (False, "boolean", True),
        (0, "boolean", False),
        (True, "any", True),
        ([1], "any", True),
        (None, "string", False),
    ],
)
def test_vocabularies_compare_as_json_does(value: object, vocabulary: Vocabulary, is_allowed: bool) -> None:
    assert allowed(value, vocabulary) is is_allowed


def test_same_tells_true_from_one() -> None:
    assert same(True, True)
    assert not same(True, 1)
    assert not same(1, True)
    assert same(1, 1.0)


FRAGMENTS = [
    *("<think>", "</think>", "<plan>", "</plan>", "<answer>", "</answer>", "```json\n", "```"),
    *('{"label": ', '"ham"', ', "score": 1', "}", "{", '"', "\\", "1e999", "NaN", "[" * 50),
    *(" ", "\n", "words", "\ud800", "\x00"),
]
TEXTS = st.text() | st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)


@given(TEXTS, st.sampled_from(LAYOUTS))
def test_any_text_comes_apart_without_an_exception(text: str, layout: Layout) -> None:
    parts = take_apart(text, layout)
    assert parts.reasoning is None or parts.reasoning in text
    assert parts.answer is None or parts.answer in text
    assert len(set(parts.faults)) == len(parts.faults)
    if not parts.faults:
        assert parts.answer is not None
        assert (parts.reasoning is None) == (layout.reasoning is None)
        assert (parts.fields is None) == (layout.answer is None or layout.answer.keys is None)


UNITS = [
    "</think> <answer>",
    "<think>",
    "</think>",
    "{",
    '{"a":',
    '"',
    "7",
    " ",
    "<",
    "```\n",
    "\\",
    "<answer>",
]


@pytest.mark.parametrize("layout", [JSON, PREFILLED, TAGGED], ids=["json", "prefilled", "tagged"])
@pytest.mark.parametrize("unit", UNITS)
def test_two_megabytes_of_anything_come_apart_at_once(unit: str, layout: Layout) -> None:
    for start in ("", "<think>", "<think>a</think>", '<think>a</think>{"label": "'):
        text = start + unit * (2_000_000 // len(unit))
        before = time.perf_counter()
        take_apart(text, layout)
        assert time.perf_counter() - before < 1  # a lazy `.*?` takes 0.4 s for 34 KB of the first unit
