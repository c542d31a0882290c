import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.grading.number_search import AHEAD, BEHIND, find_last
from reward_server.grading.numbers import Notation, read


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 42.", "42"),
        ("First 3, then 4, so **7**!", "7"),
        ("It costs $1,234.50.", "1234.5"),
        ("x = -5", "-5"),
        ("a list:\n- 42", "42"),  # a bullet, not a sign
        ("3 - 4 = -1", "-1"),
        ("10*3=30", "30"),
        ("答案是42个", "42"),
        ("42 mL of H2O", "42"),
        ("COVID-19 brought 7 cases", "7"),
        ("a 3-digit number: 456", "456"),
        ("an area of 3 cm^2", "3"),
        (r"so \boxed{\frac{3}{4}}", "3/4"),
        ("In 2020 100 people came", "100"),
        ("1, 2, 3", "3"),
        ("5 million dollars", "5000000"),
        ("x=.5", "0.5"),
        ("5 is the 2nd", "5"),
    ],
)
def test_the_last_number_wins(text: str, number: str) -> None:
    found = find_last(text)
    assert found is not None
    assert read(found) == read(number)


@pytest.mark.parametrize(
    "text",
    [
        "3 or 4", "between 3 and 4", "3-4", "from 3 to 4", "5 km to 10 km", "3 \u2013 4", "3 \u00b1 4",
        "10 \u00d7 3", "2 + 3", "2^10", "x^2 and y^3", "at 12:30", "on 2024-05-17", "12/25/2024", r"2\pi",
        r"2\sqrt{3}", "f(3)-4", "none at all", "", "H2O",
    ],
)  # fmt: skip
def test_what_does_not_stand_by_itself_is_no_number(text: str) -> None:
    found = find_last(text)
    assert found is None or read(found) is None


def test_a_hedge_may_carry_units_of_the_task() -> None:
    assert find_last("3 apples or 4 apples", Notation(units=frozenset({"apples"}))) is None


@given(st.text(max_size=50), st.integers(-(10**9), 10**9))
def test_a_number_after_an_equals_sign_is_found_behind_any_text(text: str, number: int) -> None:
    assert find_last(f"{text}\n\nThe total = {number}.") is not None
    found = find_last(f"{text}\n\nThe total = {number}.")
    assert found is not None
    assert read(found) == number


@given(st.text(st.sampled_from("0123456789.,/-+e$%^ \\{}xor:km½٣é\ud800")))
def test_searching_never_raises(text: str) -> None:
    assert isinstance(find_last(text), str | None)


@pytest.mark.parametrize("hostile", ["9" * 10_000_000, "9," * 5_000_000, "1 " * 5_000_000, "1/" * 5_000_000])
def test_p19_only_a_window_of_a_hostile_text_is_looked_at(hostile: str) -> None:
    assert BEHIND + AHEAD < 500
    found = find_last(hostile)
    assert found is None or len(found) < BEHIND


def test_a_number_cut_by_the_window_is_not_taken() -> None:
    assert find_last("9" * (BEHIND + 50)) is None
    assert find_last("7" + " " * BEHIND + "words") == "7"
