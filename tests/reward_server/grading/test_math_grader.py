from functools import cache

import pytest

from reward_server.grading.math_gate import admit
from reward_server.grading.math_grader import grader


@cache
def compare(truth: str, answer: str) -> str:
    return _comparison()(admit(truth), admit(answer))


_comparison = cache(grader)


@pytest.mark.parametrize(
    ("truth", "answer"),
    [
        ("\\frac{1}{2}", "0.5"),
        ("2\\sqrt{3}", "\\sqrt{12}"),
        ("x^2+2x+1", "(x+1)^2"),
        ("(1,2)", "(1, 2)"),
        ("\\{1,2\\}", "2, 1"),
        ("x=3", "3"),
        ("1024", "2^10"),
        ("1/8", "2^-3"),
        ("3", "\\log_2 8"),
        ("5!", "120"),
        ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"),
        ("\\frac{1}{3}", "0.333333"),
    ],
)
def test_equal_expressions(truth: str, answer: str) -> None:
    assert compare(truth, answer) == "equal"


@pytest.mark.parametrize(
    "answer",
    ["4", "It is not 3", "It is not", "3 no", "3, 4", "3 \\text{ or } 4", "x \\ne 3", "3 < 4", "3 cm", "3!",
     "3 \\quad 4", "3\\ldots 7", "\\overline{3}", "\\pm 3", "3e", "3\\cdots 4", "3\\,000"],
)  # fmt: skip
def test_nothing_beside_three_is_dropped(answer: str) -> None:
    assert compare("3", answer) == "different"


@pytest.mark.parametrize(
    "answer", ["3)", "3}", "3-", "\\ne 3", "3 & 4", "3 | 4", "-", "\\frac{1}", "3 \\dots"]
)
def test_what_cannot_be_read_is_no_answer(answer: str) -> None:
    assert compare("3", answer) == "unreadable answer"
    assert compare(answer, "3") == "unreadable truth"
