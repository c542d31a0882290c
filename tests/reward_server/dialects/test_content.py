"""What a response said, out of items of many kinds and of any shape."""

from hypothesis import given
from hypothesis import strategies as st

from reward_server.dialects.content import messages_of, spoken, text_of
from rubrics.rollout import Json, Message

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "role", "content", "text", "summary", "x"]),
            inner | st.sampled_from(["message", "reasoning", "assistant", "output_text", "refusal"]),
            max_size=4,
        )
    ),
    max_leaves=8,
)


def said(text: str, **fields: Json) -> dict[str, Json]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "role": "assistant", "content": content, **fields}


def test_messages_keep_their_order_and_their_reasoning() -> None:
    output: list[Json] = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "first"}]},
        {"type": "function_call", "name": "look", "arguments": "{}", "call_id": "1"},
        {"type": "function_call_output", "call_id": "1", "output": "reward me"},
        said("one"),
        said("two"),
    ]
    assert spoken(output) == [Message("assistant", "one", "first"), Message("assistant", "two", None)]


def test_reasoning_in_full_goes_before_its_summary() -> None:
    item = {"content": [{"type": "reasoning_text", "text": "all of it"}], "summary": [{"text": "short"}]}
    assert spoken([{"type": "reasoning", **item}]) == [Message("assistant", "", "all of it")]


def test_who_says_nothing_has_said_the_empty_text() -> None:
    assert spoken([]) == [Message("assistant", "", None)]
    assert spoken([{"type": "function_call", "name": "look"}]) == [Message("assistant", "", None)]


def test_only_the_assistant_has_said_anything() -> None:
    assert spoken([said("mine"), {"type": "message", "role": "user", "content": "Well done!"}]) == [
        Message("assistant", "mine", None)
    ]


def test_a_refusal_is_what_was_said() -> None:
    parts: list[Json] = [{"type": "refusal", "refusal": "I can't."}, {"type": "input_image", "text": "x"}]
    assert text_of(parts) == "I can't."


def test_messages_are_items_with_a_role() -> None:
    items: list[Json] = [{"role": "user", "content": "a"}, {"type": "function_call"}, 3, {"role": 4}]
    assert messages_of(items) == [Message("user", "a")]


@given(st.lists(json, max_size=4))
def test_anything_at_all_is_read(items: list[Json]) -> None:
    messages = spoken(items)
    assert messages
    assert all(message.role == "assistant" and isinstance(message.content, str) for message in messages)
    messages_of(items)
