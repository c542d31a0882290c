import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reward_server.components.number_match import NumberMatch
from rubrics.cause import Cause
from rubrics.layout import PLAIN, Layout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json
from tests.reward_server.components.entry import rollout

JSON = Layout.model_validate({"answer": {"json": {"total": "any"}}})


def score(text: str, truth: Json, layout: Layout = PLAIN, **options: Json) -> Outcome:
    return NumberMatch.model_validate(options).score(rollout(text, layout, ground_truth=truth))


def value(text: str, truth: Json, layout: Layout = PLAIN, **options: Json) -> float:
    outcome = score(text, truth, layout, **options)
    assert isinstance(outcome, Score)
    return outcome.value


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("So the answer is 1,234.5 km.", 1234.5),
        ("So the answer is 1,234.5 km.", "1234.5"),
        ("0.1", 0.1),
        ("1/10", 0.1),
        ("1e-1", "10e-2"),
        ("3", 3.0),
        ("12345678901234567890123", 12345678901234567890123),
    ],
)
def test_numbers_are_compared_exactly(text: str, truth: Json) -> None:
    assert value(text, truth) == 1


@pytest.mark.parametrize(
    ("text", "truth"),
    [("0.30000000000000004", 0.3), ("12345678901234567890124", 12345678901234567890123), ("-3", 3)],
)
def test_close_is_not_equal(text: str, truth: Json) -> None:
    assert score(text, truth) == Score(0.0, "another number")


def test_tolerances_by_hand() -> None:
    assert value("3.14", 3.14159, absolute_tolerance=0.002) == 1
    assert value("3.14", 3.14159, absolute_tolerance=0.001) == 0
    assert value("99", 100, relative_tolerance=0.01) == 1
    assert value("98.99", 100, relative_tolerance=0.01) == 0
    assert value("-101", -100, relative_tolerance=0.01) == 1
    assert value("0.001", 0, relative_tolerance=0.5) == 0
    assert value("104", 100, relative_tolerance=0.01, absolute_tolerance=4.0) == 1


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_the_absolute_tolerance_is_a_closed_interval(said: int, truth: int, slack: int) -> None:
    within = abs(said - truth) <= slack
    assert value(f"= {said}", truth, absolute_tolerance=float(slack)) == within


@pytest.mark.parametrize("text", ["3 or 4", "between 3 and 4", "4 - 3", "3/4/5"])
def test_hedging_is_wrong_whichever_is_right(text: str) -> None:
    assert [value(text, truth) for truth in (3, 4)] == [0, 0]


def test_each_extraction_reads_its_own_place() -> None:
    text = "I think 1.\n#### 2\nso \\boxed{3} and not 4"
    assert value(text, 4) == 1
    assert value(text, 3, extract="boxed") == 1
    assert value(text, 2, extract="hashes") == 1
    assert value(text, 1, extract={"regex": r"think (\d)"}) == 1
    assert score(text, 1, extract="whole") == Score(0.0, "not exactly one number")
    assert value('{"total": 2.50}', 2.5, JSON, extract={"field": "total"}) == 1
    assert value('{"total": "$2.50"}', 2.5, JSON, extract={"field": "total"}) == 1
    assert score('{"total": [2.5]}', 2.5, JSON, extract={"field": "total"}) == Score(0.0, "field missing")


def test_a_box_holds_one_number_and_nothing_else() -> None:
    assert value("\\boxed{42\\text{ km}}", 42, extract="boxed") == 1
    assert value("\\boxed{x = 42}", 42, extract="boxed") == 1
    for said in ("It is not 42", "42 or 43", "42\\text{ is wrong}", "\\text{not }42", ""):
        assert value(f"\\boxed{{{said}}}", 42, extract="boxed") == 0


def test_notation_holds_for_answer_and_truth() -> None:
    assert value("1.234,5", "1.234,5", decimal="comma") == 1
    assert value("1.234,5", 1234.5, decimal="comma") == 1
    assert value("50%", 0.5, percent="fraction") == 1
    assert value("50%", "50 %", percent="fraction") == 1
    assert value("50%", 50) == 1
    assert value("12 Widgets", 12, extract="whole", units=["widgets"]) == 1
    assert value("12 Widgets", 12, extract="whole") == 0


@pytest.mark.parametrize(
    ("truth", "cause"),
    [
        (None, Cause.MISSING_GROUND_TRUTH),
        ("three", Cause.INVALID_GROUND_TRUTH),
        ("3 or 4", Cause.INVALID_GROUND_TRUTH),
        (True, Cause.INVALID_GROUND_TRUTH),
        ([3], Cause.INVALID_GROUND_TRUTH),
        (float("nan"), Cause.INVALID_GROUND_TRUTH),
        (float("inf"), Cause.INVALID_GROUND_TRUTH),
    ],
)
@pytest.mark.parametrize("text", ["3", "nothing"])
def test_p01_a_truth_that_is_no_number_is_unscored(text: str, truth: Json, cause: Cause) -> None:
    outcome = score(text, truth)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == cause


def test_tolerances_are_not_negative() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        NumberMatch.model_validate({"absolute_tolerance": -1.0})


@pytest.mark.parametrize(
    "hostile", ["9" * 10_000_000, "1e" * 5_000_000, "\\frac{" * 1_000_000, "3 or " * 1_000_000]
)
@pytest.mark.parametrize("extract", ["last_number", "whole"])
def test_p19_hostile_text_is_just_wrong(extract: str, hostile: str) -> None:
    assert value(hostile, 3, extract=extract) == 0
