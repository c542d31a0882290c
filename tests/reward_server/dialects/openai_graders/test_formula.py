"""Formulas: the arithmetic that OpenAI documents, and no way to anything else."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.dialects.openai_graders.formula import Formula, FormulaError

SCORES = {"a": 0.5, "b": 2.0, "long_name_2": 3.0}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("8 - 4 - 2", 2), ("8 / 4 / 2", 1), ("7 - 2 * 3", 1),
        ("2^3", 8), ("2 ^ 3 ^ 2", 512), ("-2 ^ 2", -4), ("2 ^ -1", 0.5), ("2 * -3", -6),
        ("--1", 1), ("+1", 1),
        (".5 + 1.", 1.5), ("1e3", 1000), ("2.5E-1", 0.25), ("0.8*a + 0.2*b", 0.8), ("long_name_2", 3),
        ("min(a, b)", 0.5), ("max(a, b, 7)", 7), ("min(a)", 0.5), ("abs(-a)", 0.5), ("floor(2.7)", 2),
        ("ceil(2.1)", 3), ("floor(-0.5)", -1), ("exp(0)", 1), ("sqrt(9)", 3), ("log(1)", 0),
        ("min(max(a, 1), b) ^ 2", 1), (" \t1\n+\n1 ", 2),
    ],
)  # fmt: skip
def test_a_formula_has_the_value_that_arithmetic_gives_it(formula: str, value: float) -> None:
    assert Formula(formula).value(SCORES) == pytest.approx(value, abs=1e-12)


def test_log_is_the_natural_logarithm() -> None:
    assert Formula("log(exp(2))").value({}) == pytest.approx(2)


def test_names_are_those_that_are_used_in_their_order() -> None:
    assert Formula("b + a * min(b, 2)").names == ("b", "a")


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("", "found the end at character 1"),
        ("1 +", "found the end at character 4"),
        ("a b", "`b` is not expected at character 3"),
        ("(1", "expected `)` and found its end at character 3"),
        ("1)", "`)` is not expected at character 2"),
        ("2 ** 3", "found `*` at character 4"),
        ("a $ b", "'$' is not expected near character 2"),
        ("round(a)", "no function `round` (character 1)"),
        ("abs(1, 2)", "`abs` takes 1 value, not 2"),
        ("max()", "found `)` at character 5"),
        ("a.real", "'.' is not expected"),
        ("__import__('os')", "is not expected"),
        ("a[0]", "'[' is not expected"),
        ("a if b else 1", "`if` is not expected at character 3"),
        ("(" * 33 + "1" + ")" * 33, "more than 32 brackets"),
        ("1+" * 1_000 + "1", "longer than 2,000 characters"),
        ("-" * 500 + "1", "more than 200 numbers"),
        ("1^" * 150 + "1", "more than 200 numbers"),
    ],
)
def test_what_is_no_formula_is_told_with_its_place(formula: str, told: str) -> None:
    with pytest.raises(FormulaError) as refused:
        Formula(formula)
    assert told in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "formula", ["(" * 32 + "1" + ")" * 32, "-" * 199 + "1", "1^" * 99 + "1", "1+" * 99 + "1"]
)
def test_what_is_within_bounds_is_computed(formula: str) -> None:
    assert math.isfinite(Formula(formula).value({}))


@pytest.mark.parametrize(
    "formula",
    [
        "1 / 0",
        "1 / (a - a)",
        "log(0)",
        "log(-1)",
        "sqrt(-1)",
        "(-8) ^ 0.5",
        "9^9^9",
        "exp(1000)",
        "1e999",
        "min(1, 1e999 - 1e999)",
        "max(0, 0 * 1e999)",
    ],
)
def test_there_is_no_number_where_arithmetic_has_none(formula: str) -> None:
    with pytest.raises(FormulaError, match=r"no (finite )?value"):
        Formula(formula).value(SCORES)


NUMBERS = st.floats(-100, 100).map(lambda x: round(x, 3))
TREES = st.recursive(
    st.one_of(
        NUMBERS.map(lambda x: (f"({x})", x)), st.sampled_from([("a", SCORES["a"]), ("b", SCORES["b"])])
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: (f"({pair[0][0]} + {pair[1][0]})", pair[0][1] + pair[1][1])),
        st.tuples(inner, inner).map(lambda pair: (f"({pair[0][0]} - {pair[1][0]})", pair[0][1] - pair[1][1])),
        st.tuples(inner, inner).map(lambda pair: (f"{pair[0][0]} * {pair[1][0]}", pair[0][1] * pair[1][1])),
        st.tuples(inner, inner).map(
            lambda pair: (f"max({pair[0][0]}, {pair[1][0]})", max(pair[0][1], pair[1][1]))
        ),
    ),
    max_leaves=12,
)


@given(TREES)
def test_any_formula_has_the_value_it_was_built_for(tree: tuple[str, float]) -> None:
    formula, value = tree
    assert Formula(formula).value(SCORES) == pytest.approx(value, rel=1e-9, abs=1e-9)


@given(st.text(max_size=60))
def test_any_other_text_is_a_formula_error_or_a_number(text: str) -> None:
    try:
        value = Formula(text).value(dict.fromkeys(Formula(text).names, 1.0))
    except FormulaError:
        return
    assert math.isfinite(value)
