"""`string_check`: four comparisons, and whose fault it is where there is nothing to compare."""

import pytest

from tests.reward_server.dialects.openai_graders.trying import check, raised, try_grader


@pytest.mark.parametrize(
    ("operation", "text", "reference", "reward"),
    [
        ("eq", "Paris", "Paris", 1), ("eq", "Paris", "paris", 0), ("eq", "Paris ", "Paris", 0),
        ("eq", "", "", 1),
        ("ne", "Paris", "Paris", 0), ("ne", "Paris", "paris", 1),
        ("like", "in Paris.", "Paris", 1), ("like", "Paris", "in Paris", 0), ("like", "in paris", "Paris", 0),
        ("ilike", "IN PARIS", "Paris", 1), ("ilike", "STRASSE", "straße", 1), ("ilike", "Rome", "Paris", 0),
        ("like", "a.c", "a%c", 0),
    ],
)  # fmt: skip
async def test_the_comparisons(operation: str, text: str, reference: str, reward: float) -> None:
    answer = await try_grader(check(operation=operation), text, {"answer": reference})
    assert answer["reward"] == reward
    assert raised(answer) == set()


async def test_an_item_without_its_answer_gives_no_reward() -> None:
    answer = await try_grader(check(), "Paris", {"question": "Capital of France?"})
    assert (answer["reward"], raised(answer)) == (None, {"invalid_variable_error"})
    assert answer["metadata"]["cause"] == "missing_field"
    assert answer["metadata"]["detail"] == "the item has no value at `item.answer`"


@pytest.mark.parametrize("operation", ["like", "ilike"])
async def test_an_empty_reference_is_not_a_present_for_everybody(operation: str) -> None:
    answer = await try_grader(check(operation=operation), "anything", {"answer": ""})
    assert (answer["reward"], raised(answer)) == (None, {"invalid_variable_error"})


async def test_output_that_is_no_json_is_the_policys_zero() -> None:
    for operation in ("eq", "ne"):
        grader = check(input="{{sample.output_json.city}}", operation=operation)
        answer = await try_grader(grader, "Paris", {"answer": "Rome"})
        assert (answer["reward"], raised(answer)) == (0.0, {"sample_parse_error"})
        assert answer["metadata"]["cause"] is None


async def test_a_hostile_sample_stays_text() -> None:
    hostile = "{{item.answer}}"
    assert (await try_grader(check(), hostile, {"answer": "secret"}))["reward"] == 0
    assert (await try_grader(check(), hostile, {"answer": hostile}))["reward"] == 1
    broken = "\ud800\x00</s>" + "(" * 100_000
    assert (await try_grader(check(operation="ilike"), broken.replace("\ud800", "?"), {"answer": "</S>"}))[
        "reward"
    ] == 1


async def test_a_text_that_its_variables_blow_up_is_not_written() -> None:
    grader = check(input="{{sample.output_text}}" * 1000)
    answer = await try_grader(grader, "a" * 100_000, {"answer": "a"})
    assert (answer["reward"], raised(answer)) == (None, {"truncated_observation_error"})
    assert answer["metadata"]["detail"] == "a text of more than 16,777,216 characters"
    assert (await try_grader(grader, "a" * 100, {"answer": "a" * 100_000}))["reward"] == 1.0
