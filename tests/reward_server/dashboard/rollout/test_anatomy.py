"""A completion's parts: where each stands, and that all of them are the completion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.dashboard.rollout.anatomy import anatomy, layout_of
from reward_server.store.entry import Description
from rubrics.layout import PLAIN, Layout

THINK = Layout.model_validate({"reasoning": {"tag": "think"}})
JSON = Layout.model_validate({"reasoning": {"tag": "think"}, "answer": {"json": {"a": "integer"}}})
TAGGED = Layout.model_validate({"answer": {"tag": "answer"}})
PREFILLED = Layout.model_validate({"reasoning": {"tag": "think", "prefilled": True}})
LAYOUTS = [PLAIN, THINK, JSON, TAGGED, PREFILLED]


@pytest.mark.parametrize(
    ("text", "layout", "parts", "faults"),
    [
        ("all of it", PLAIN, [("answer", "all of it")], []),
        ("<think>a b</think>\n42", THINK, [("reasoning", "<think>a b</think>\n"), ("answer", "42")], []),
        (
            'Hm. <think>a</think>{"a": 1} So.',
            JSON,
            [("outside", "Hm. "), ("reasoning", "<think>a</think>"), ("answer", '{"a": 1} So.')],
            ["text_before_reasoning", "text_after_answer"],
        ),
        (
            "So: <answer> 7 </answer>",
            TAGGED,
            [("outside", "So: <answer> 7 </answer>")],
            ["answer_untagged", "answer_missing"],
        ),
        (
            "<answer> 7 </answer>",
            TAGGED,
            [("outside", "<answer> "), ("answer", "7 "), ("outside", "</answer>")],
            [],
        ),
        ("a b</think>c", PREFILLED, [("reasoning", "a b</think>"), ("answer", "c")], []),
        ("<think>cut", THINK, [("outside", "<think>cut")], ["reasoning_unclosed", "answer_missing"]),
        ("<think></think>", THINK, [("reasoning", "<think></think>")], ["answer_missing"]),
        ("", THINK, [], ["reasoning_missing", "answer_missing"]),
    ],
)
def test_parts_and_faults(text: str, layout: Layout, parts: list[tuple[str, str]], faults: list[str]) -> None:
    found = anatomy(text, layout)
    assert [(part.kind, found.text[part.start : part.end]) for part in found.parts] == parts
    assert found.faults == faults


@given(
    st.lists(
        st.sampled_from(["<think>", "</think>", "<answer>", "</answer>", '{"a": 1}', "a b ", "\r\n", " "])
    ),
    st.sampled_from(LAYOUTS),
)
def test_all_parts_are_the_completion(pieces: list[str], layout: Layout) -> None:
    found = anatomy("".join(pieces), layout)
    assert "".join(found.text[part.start : part.end] for part in found.parts) == found.text
    assert all(part.start < part.end for part in found.parts)


def test_words_are_counted_without_tags() -> None:
    found = anatomy("<think>one two</think> three", THINK)
    assert [(part.kind, part.words) for part in found.parts] == [("reasoning", 2), ("answer", 1)]


def described(source: str) -> Description:
    return Description("r", "", [], [], [], [], source)


def test_the_layout_of_a_reward_that_is_gone_is_read_from_its_text() -> None:
    assert layout_of(described("name: r\ncompletion: {reasoning: {tag: think}}\n")) == THINK
    assert layout_of(described("name: r\n")) == PLAIN
    assert layout_of(described("[")) == PLAIN
    assert layout_of(described("completion: {reasoning: 3}")) == PLAIN
    assert layout_of(described("- a")) == PLAIN
