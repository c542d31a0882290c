import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reward_server.grading.math_gate import LONGEST, Refused, admit, value_of
from reward_server.grading.math_growth import TooLarge, check_growth


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("3", "3"),
        (" $\\frac{1}{2}$. ", "\\frac{1}{2}"),
        ("\\(x^2\\)", "x^2"),
        ("2\u221a3 \u2212 \u03c0", "2\\sqrt 3 - \\pi"),
        ("2\\sqrt{3}\\text{ cm}^2", "2\\sqrt{3}"),
        ("1 \\text{ or } 2", "1 , 2"),
        ("2^-3", "2^{-3}"),
        ("\\$1{,}000", "1,000"),
        ("\\mathrm{e}^x", "\\mathrm{e}^x"),
        (
            "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
            "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
        ),
        ("\\log_2 8", "\\log_2 8"),
        ("f(x) = \\sin(2x)", "f(x) = \\sin(2x)"),
        ("x^{10}+x^9+x^8+x^7+x^6+x^5+x^4+x^3+x^2", "x^{10}+x^9+x^8+x^7+x^6+x^5+x^4+x^3+x^2"),
    ],
)
def test_expressions_are_admitted(text: str, expression: str) -> None:
    assert admit(text) == expression


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no expression"),
        ("$$", "character"),
        ("The answer is three", "words"),
        ("3 \\text{ is wrong}", "words"),
        ("\\text{not } 3", "words"),
        ("3 \\mathrm{no}", "words"),
        ("\\phantom{3}", "command"),
        ("\\not= 3", "command"),
        ("\\cancel{4} 3", "command"),
        ("\\sum_{i=1}^{n} i", "command"),
        ("\\def\\x{3}", "command"),
        ("3 4", "side by side"),
        ("3_4", "side by side"),
        ("2 \\text{ h } 30 \\text{ min}", "side by side"),
        ("3 \u2227 4", "character"),
        ("f'(x)", "character"),
        ("__import__('os')", "character"),
        ("2**3", "character"),
        ("3\x00", "character"),
        ("\ud800", "character"),
        ("9" * 61, "digits"),
        ("\\binom{99999}{5}", "digits"),
        ("(" * 13 + "x" + ")" * 13, "too deep"),
        ("x" + "+x" * LONGEST, f"longer than {LONGEST}"),
        ("\\exp(\\exp(\\exp(9)))", "exponentials"),
    ],
)
def test_p18_what_is_no_single_expression_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as caught:
        admit(text)
    assert len(str(caught.value)) < 60


@pytest.mark.parametrize(
    "text",
    [
        "9^{9^9}", "9^9^9", "9^{9}^{9}", "9^{ 99 } ^ {999}", "x^{n^2}", "2^(9^9)", "9^{\\frac{9^9}{1}}",
        "9^\\frac{9^9}{1}", "((9^{99})^{99})^{99}", "{9^{999}}^{999}", "\\left(9^{999}\\right)^{999}",
        "\\sqrt{9^{999}}^{999}", "10^{99999}", "10^{-99999}",
        "2^{10 \\cdot 10 \\cdot 10 \\cdot 10 \\cdot 10}", "2^{5!}", "2^{\\exp(9)}", "1000!", "3!!", "(3!)!",
        "(((9!)))!", "(10 \\cdot 200)!", "999!^{9999}", "(999!)^{9999}",
    ],
)  # fmt: skip
def test_p18_what_grows_without_bound_is_refused(text: str) -> None:
    with pytest.raises(TooLarge):
        check_growth(text)
    with pytest.raises(Refused):
        admit(text)


@pytest.mark.parametrize(
    "text",
    [
        "2^{2023} - 1",
        "10^{100}",
        "(x^2+1)^3",
        "999!",
        "n!",
        "\\binom{10}{5}",
        "e^{2x}",
        "x^2 + y^2",
        "(2^3)^4",
        "^",
        "2^",
        "!",
        ")))",
    ],
)
def test_bounded_growth_passes(text: str) -> None:
    check_growth(text)


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        ("x = 3", "3"),
        ("f(x) = 2x", "2x"),
        ("x_1=5", "5"),
        ("\\theta = \\pi", "\\pi"),
        ("x + 1", "x + 1"),
        ("x \\le 3", "x \\le 3"),
    ],
)
def test_the_value_of_an_assignment(equation: str, value: str) -> None:
    assert value_of(equation) == value


@pytest.mark.parametrize("equation", ["4 = 3", "x = 4 = 3", "2x = 6"])
def test_p18_other_equations_are_no_value(equation: str) -> None:
    with pytest.raises(Refused, match="an equation where a value is asked for"):
        value_of(equation)


@example("$0.$")
@example("$.$")
@given(st.text(st.sampled_from("0123456789xe^_!{}()[]\\ +-*/=,.$&fracsqrtexp\ud800é"), max_size=80))
def test_the_gate_admits_or_refuses_and_does_nothing_else(text: str) -> None:
    try:
        admitted = admit(text)
    except Refused:
        return
    assert admit(admitted) == admitted


@pytest.mark.parametrize(
    "hostile", ["9" * 10_000_000, "{" * 10_000_000, "^" * 10_000_000, "\\boxed{" * 1_000_000]
)
def test_p19_long_text_is_refused_unread(hostile: str) -> None:
    with pytest.raises(Refused, match="longer than"):
        admit(hostile)
