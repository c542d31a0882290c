from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.grading.numbers import LONGEST, Notation, read
from reward_server.grading.units import is_unit

EUROPEAN = Notation(decimal="comma")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", "42"),
        (" 42. ", "42"),
        ("-3", "-3"),
        ("\u22123", "-3"),  # the typographic minus
        ("+3", "3"),
        (".5", "1/2"),
        ("007", "7"),
        ("1,234.5", "2469/2"),
        ("1 234 567.5", "2469135/2"),
        ("1\u202f234", "1234"),
        ("1_000", "1000"),
        ("1'000", "1000"),
        ("1,00,000", "100000"),  # lakh grouping
        ("3/4", "3/4"),
        ("3 / -4", "-3/4"),
        ("1 1/2", "3/2"),
        ("-1 1/2", "-3/2"),
        ("2e3", "2000"),
        ("1.5E-3", "3/2000"),
        ("1.5 x 10^3", "1500"),
        ("3 million", "3000000"),
        ("$3.50", "7/2"),
        ("-$3.50", "-7/2"),
        ("$-3", "-3"),
        ("US$5", "5"),
        ("0.50 €", "1/2"),
        ("5 USD", "5"),
        ("12 km", "12"),
        ("12km", "12"),
        ("5 m/s^2", "5"),
        ("20 square metres", "20"),
        ("x = 4", "4"),
        ("**42**", "42"),
        ("\u0664\u0662", "42"),  # Arabic-Indic digits
    ],
)
def test_numbers_as_people_write_them(text: str, value: str) -> None:
    assert read(text) == Fraction(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\frac{3}{4}", "3/4"),
        (r"-\dfrac{3}{4}", "-3/4"),
        (r"\frac34", "3/4"),
        (r"1\frac{1}{2}", "3/2"),
        (r"50\%", "50"),
        (r"\$1{,}000", "1000"),
        (r"1\,234", "1234"),
        (r"1.5 \times 10^{-3}", "3/2000"),
        (r"3\text{ cm}^2", "3"),
        (r"90^\circ", "90"),
        (r"\(42\)", "42"),
        (r"$\boxed{42}$", "42"),
    ],
)
def test_numbers_as_latex_writes_them(text: str, value: str) -> None:
    assert read(text) == Fraction(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "three", "3 or 4", "3-4", "3, 4", "3 4", "1,23", "1,2345", "1.2.3", "3,5", "1/0", "3/4/5",
        "12:30", "3 is wrong", "not 3", "3 apples", "3x", "3!", "2^10", "2+3", "--3", "-$-3", "12/25/2024",
        "NaN", "inf", "1e99999", "x = y = 3", "\\frac{1}{0}", "\\sqrt{3}", "2\\pi", "\ud800", "3\x00",
    ],
)  # fmt: skip
def test_what_is_not_exactly_one_number_is_none(text: str) -> None:
    assert read(text) is None


def test_a_comma_can_be_the_decimal_mark() -> None:
    assert read("1.234,5", EUROPEAN) == Fraction(2469, 2)
    assert read("3,5", EUROPEAN) == Fraction(7, 2)
    assert read("3.5", EUROPEAN) is None


def test_percent_is_kept_or_a_fraction() -> None:
    assert read("50%") == read("50 percent") == 50
    assert read("50 %", Notation(percent="fraction")) == Fraction(1, 2)
    assert read("50", Notation(percent="fraction")) == 50


def test_a_task_can_have_units_of_its_own() -> None:
    assert read("3 apples") is None
    assert read("3 Apples", Notation(units=frozenset({"apples"}))) == 3


@given(st.fractions(), st.sampled_from(["{}", "{} km", "${}", "**{}**", "{}.", "x = {}"]))
def test_every_fraction_is_read_back(value: Fraction, form: str) -> None:
    if len(str(value)) < LONGEST // 2:
        assert read(form.format(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12))
def test_every_grouped_decimal_is_read_back(value: object) -> None:
    point = f"{value:,}"
    assert read(point) == Fraction(str(value))
    assert read(point.translate(str.maketrans(",.", ".,")), EUROPEAN) == Fraction(str(value))


@given(st.text(st.sampled_from("0123456789.,/-+e$%^ \\{}xfrackm\u2009\ud800"), max_size=60))
def test_reading_never_raises(text: str) -> None:
    assert isinstance(read(text), Fraction | None)


def test_p19_a_number_of_ten_million_digits_is_no_number() -> None:
    assert read("9" * 10_000_000) is None
    assert read("9" * (LONGEST + 1)) is None
    assert read("9" * LONGEST) == 10**LONGEST - 1


def test_units_combine() -> None:
    assert all(map(is_unit, ["", "km", "km/h", "m/s^2", "m²", "kg m^2", "square feet", "miles per hour"]))
    assert not any(map(is_unit, ["apples", "km is wrong", "2", "m^22", "or", "k m x"]))
