from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reward_server.grading.extract import LONGEST_BOX, TAIL, Extracting, after_hashes, as_text, last_boxed
from rubrics.completion import Completion
from rubrics.layout import Layout
from rubrics.outcome import Outcome
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Json
from tests.reward_server.components.entry import component

JSON = Layout.model_validate(
    {"reasoning": {"tag": "think"}, "answer": {"json": {"result": "any", "n": "number"}}}
)
TAGGED = Layout.model_validate({"reasoning": {"tag": "think"}, "answer": {"tag": "answer"}})


class Taker(Extracting):
    """An extraction by itself."""

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        raise NotImplementedError


def taken(extract: Json, text: str, layout: Layout = TAGGED, **options: Json) -> str | None:
    return Taker.model_validate({"extract": extract, **options}).taken(Completion(text, layout))


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (r"\boxed{1} and \boxed{2}", "2"),
        (r"\boxed{1} then \fbox{2}", "2"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{ \{1, 2\} }", r"\{1, 2\}"),
        (r"\boxed{a \} b}", r"a \} b"),
        (r"\boxed{\boxed{3}}", "3"),
        (r"\boxed{}", ""),
        (r"\boxed{1} and \boxed{2", None),  # cut off: the last one counts, and it is not complete
        (r"\boxed 3", None),
        ("nothing", None),
    ],
)
def test_the_last_box_counts_if_its_braces_close(text: str, content: str | None) -> None:
    assert last_boxed(text) == content


@pytest.mark.parametrize(
    ("text", "content"),
    [("a\n#### 42", "42"), ("#### 1\n#### 2 \nbye", "2"), ("##### 5", "5"), ("no", None), ("####", "")],
)
def test_the_line_after_the_last_hashes(text: str, content: str | None) -> None:
    assert after_hashes(text) == content


def test_the_last_match_of_a_regex_and_its_group() -> None:
    text = "<think>x</think><answer>Answer: a. Answer: b!</answer>"
    assert taken({"regex": r"Answer: (\w)"}, text) == "b"
    assert taken({"regex": r"Answer: \w"}, text) == "Answer: b"
    assert taken({"regex": r"(?i)answer: (\w)|(nothing)"}, text) == "b"
    assert taken({"regex": "none"}, text) is None
    assert taken({"regex": "(é.)"}, "<think></think><answer>éa éb</answer>") == "éb"


def test_the_parts_that_are_searched() -> None:
    text = "<think>#### 1</think><answer>#### 2</answer>"
    assert taken("hashes", text) == "2"
    assert taken("hashes", text, of="reasoning") == "1"
    assert taken("whole", text, of="all") == text
    assert taken("whole", "<think>x", of="answer") is None


def test_a_field_of_the_json_answer() -> None:
    text = '<think>x</think>{"result": {"total": 3.5}, "n": 2}'
    assert taken({"field": "n"}, text, JSON) == "2"
    assert taken({"field": "result.total"}, text, JSON) == "3.5"
    assert taken({"field": "result"}, text, JSON) is None
    assert taken({"field": "result.other"}, text, JSON) is None
    assert as_text(True) == "true"
    assert as_text(None) is None


@pytest.mark.parametrize(
    ("extract", "text", "reason"),
    [
        ("boxed", "<think>a</think><answer>3</answer>", "no complete \\boxed{...}"),
        ("hashes", "<think>a</think><answer>3</answer>", "no #### line"),
        ("last_number", "<think>a</think><answer>3 or 4</answer>", "no single number"),
        ("whole", "<think>a</think><answer> </answer>", "empty"),
        ({"regex": "x"}, "<think>a</think><answer>3</answer>", "no match of the regex"),
        ("boxed", "<think>a", "reasoning_unclosed"),
        ("boxed", "<think>a</think>\\boxed{3}", "answer_untagged"),
    ],
)
def test_what_was_not_found_is_named(extract: Json, text: str, reason: str) -> None:
    score = Taker.model_validate({"extract": extract}).nothing(Completion(text, TAGGED))
    assert (score.value, score.reason) == (0.0, reason)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"extract": "box"}, "'boxed', 'hashes', 'last_number' or 'whole'"),
        ({"extract": {"regexp": "a"}}, "{regex: ...} or {field: ...}"),
        ({"extract": {"regex": "(a"}}, "RE2 can run: missing )"),
        ({"extract": {"regex": "(?=a)"}}, "RE2 can run: invalid perl operator"),
        ({"extract": {"field": "a"}, "of": "all"}, "`of` can only be `answer`"),
    ],
)
def test_a_wrong_extraction_is_one_clear_error(options: dict[str, Json], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Taker.model_validate(options)
    assert words in str(caught.value)
    assert caught.value.error_count() == 1


@pytest.mark.parametrize(
    ("entry", "layout", "lines"),
    [
        (
            "{use: text_match, extract: {field: resalt}}",
            JSON,
            ["reward.yaml:2:", "the JSON answer has no key `resalt`", "did you mean `result`?"],
        ),
        (
            "{use: text_match, extract: {field: result}}",
            TAGGED,
            [
                "`result` is a key of a JSON answer, but `completion` declares none",
                "answer: {json: {result: any}}",
            ],
        ),
    ],
)
def test_a_field_must_be_in_the_layout(entry: str, layout: Layout, lines: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        component(entry, layout=layout)
    assert all(line in str(caught.value) for line in lines)


@given(
    st.text(st.sampled_from("\\boxed{}#1 \n\ud800é")),
    st.sampled_from(["boxed", "hashes", "whole", "last_number"]),
)
def test_extraction_never_raises(text: str, extract: str) -> None:
    assert isinstance(taken(extract, text, of="all"), str | None)
    assert isinstance(taken({"regex": r"(\d)|x"}, text, of="all"), str | None)


@pytest.mark.parametrize(
    "hostile",
    [
        "\\boxed{" * 1_000_000,
        "\\boxed" + "{" * 100_000 + "}" * 100_000,
        "\\boxed{" + "{}" * 2_500_000 + "}",
        "#### " * 1_000_000,
        "\ud800" * 5_000_000,
    ],
)
@pytest.mark.parametrize("extract", ["boxed", "hashes", {"regex": "#+ (#*)"}])
def test_p19_hostile_text_is_read_in_one_pass(extract: Json, hostile: str) -> None:
    found = taken(extract, hostile, of="all")
    assert found is None or len(found) <= max(TAIL, LONGEST_BOX)


def test_a_regex_sees_the_end_of_a_long_text() -> None:
    assert taken({"regex": "(x)"}, "x" + "a" * TAIL, of="all") is None
    assert taken({"regex": "(x)"}, "x" + "a" * (TAIL - 1), of="all") == "x"
    assert taken({"regex": "(a+)+$"}, "a" * 100_000 + "b", of="all") is None
