"""What is noted of a completion by looking at it."""

import time

import pytest

from reward_server.store.features import Mark, Marks, length, sameness
from rubrics.completion import Completion
from rubrics.layout import Answer, Layout, Reasoning
from rubrics.rollout import Message, Rollout

JSON = Layout(
    reasoning=Reasoning(),
    answer=Answer.model_validate({"json": {"label": ["spam", "ham"], "sure": [True, False]}}),
)
PLAIN = Layout()


def marks(text: str, layout: Layout = PLAIN, **fields: object) -> Mark:
    rollout = Rollout(id="r", completion=Completion(text, layout), **fields)  # type: ignore[arg-type]
    return Mark(Marks(layout).of(rollout))


def answer(reasoning: str, label: str = "spam", sure: str = "true") -> str:
    return f'<think>{reasoning}</think>{{"label": "{label}", "sure": {sure}}}'


@pytest.mark.parametrize(
    ("reasoning", "label", "contradicts"),
    [
        ("it is ham", "spam", True),
        ("it is SPAM", "spam", False),
        ("it may be ham, but it is spam", "spam", False),
        ("it may be spam, but no: ham.", "spam", True),
        ("a hamster in spamalot", "spam", False),  # whole words only: none is named
        ("spam, hamster", "spam", False),
        ("no word of it", "spam", False),
        ("ham", "bacon", True),  # not one of the options, so certainly not the one that was named
    ],
)
def test_reasoning_that_ends_on_another_option(reasoning: str, label: str, contradicts: bool) -> None:
    assert bool(marks(answer(reasoning, label), JSON) & Mark.INCONSISTENT) == contradicts


def test_each_field_is_held_to_its_own_options() -> None:
    assert marks(answer("ham, which is true", "ham", "false"), JSON) == Mark.INCONSISTENT
    assert marks(answer("ham, which is true", "ham", "true"), JSON) == Mark(0)


def test_an_option_that_several_fields_offer_need_be_the_answer_of_one() -> None:
    keys = {"first": ["true", "false"], "second": ["true", "false"]}
    layout = Layout(reasoning=Reasoning(), answer=Answer.model_validate({"json": keys}))
    text = '<think>true</think>{"first": "false", "second": "%s"}'
    assert not marks(text % "true", layout) & Mark.INCONSISTENT
    assert marks(text % "false", layout) & Mark.INCONSISTENT
    told = text.replace("<think>true", "<think>second is false, so first is true")
    assert marks(told % "true", layout) & Mark.INCONSISTENT  # it names the field that it means
    assert not marks(text.replace("<think>true", "<think>so second is true") % "true", layout)


@pytest.mark.parametrize("options", [["no", "yes"], ["a b", "c d"], [1, 2], ["spam"]])
def test_options_that_may_be_said_of_anything_tell_nothing(options: list[object]) -> None:
    layout = Layout(reasoning=Reasoning(), answer=Answer.model_validate({"json": {"label": options}}))
    text = f'<think>{options[0]}</think>{{"label": "other"}}'
    assert not marks(text, layout) & Mark.INCONSISTENT


def test_reasoning_that_cannot_be_read_contradicts_nothing() -> None:
    assert marks("ham</think>{}", JSON) == Mark.MALFORMED
    assert marks("<think>ham</think>[]", JSON) == Mark.MALFORMED


def test_truncated_and_malformed() -> None:
    assert marks("x", finish_reason="length") == Mark.TRUNCATED
    assert marks("x", finish_reason="stop") == Mark(0)
    assert marks("", PLAIN) == Mark.MALFORMED


LONG = "thirty-two characters or more!! "


@pytest.mark.parametrize(
    ("text", "prompt", "copy"),
    [
        (LONG + "x", "Say: " + LONG + "x.", True),
        (f"  {LONG}x\n", [Message("system", "be good"), Message("user", LONG + "x")], True),
        (LONG + "y", "Say: " + LONG + "x.", False),
        ("short", "say short", False),
        (LONG + "x", None, False),
    ],
)
def test_an_answer_that_stands_in_its_prompt(text: str, prompt: object, copy: bool) -> None:
    assert bool(marks(text, prompt=prompt) & Mark.COPY) == copy


@pytest.mark.parametrize(
    ("text", "candidates", "copy"),
    [
        ("[b, a, c]", ["b", "a", "c"], True),
        ("[a, b, c]", ["b", "a", "c"], False),
        ("[b, a]", ["b", "a", "c"], False),
        ("b", ["b"], False),
        ("b a", "b a", False),
        ("1, 2", [1, 2], True),
    ],
)
def test_candidates_in_the_order_they_were_shown(text: str, candidates: object, copy: bool) -> None:
    assert bool(marks(text, metadata={"candidates": candidates}) & Mark.COPY) == copy


def test_length_is_in_words_of_reasoning() -> None:
    assert length(Completion("three words here")) == 3
    assert length(Completion("<think>two words</think>{}", JSON)) == 2
    assert length(Completion("no reasoning at all", JSON)) == 0
    assert length(Completion("<think>cut off while reasoning", JSON)) == 4
    assert length(Completion("\u4f60\u597d\u4e16\u754c")) == 2  # pairs of characters, as without spaces


def test_equal_texts_are_the_same_spaces_aside() -> None:
    assert sameness(" a  b\n") == sameness("a\tb")
    assert sameness("a b") != sameness("a c")
    assert 0 <= sameness("\ud800") < 2**63


@pytest.mark.parametrize(
    "text", ["ham" * 700_000, "ham " * 500_000, "<think>" + "hamspam" * 300_000 + "</think>{}"]
)
def test_two_million_characters_take_no_time(text: str) -> None:
    started = time.process_time()
    marks(text, JSON, prompt=text, metadata={"candidates": ["ham", "spam"]})
    sameness(text)
    length(Completion(text, JSON))
    assert time.process_time() - started < 1.0
