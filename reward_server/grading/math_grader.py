"""Comparing two expressions with math-verify, inside a grading process."""

from collections.abc import Callable
from typing import Literal

from rubrics.rollout import Json

MathVerdict = Literal["equal", "different", "unreadable truth", "unreadable answer"]


def grader() -> Callable[[str, str], MathVerdict]:
    """The comparison `(truth, answer) -> verdict` of admitted expressions, warmed up. Imports math-verify."""
    from math_verify import LatexExtractionConfig, parse, verify
    from math_verify.parser import NormalizationConfig

    # Nothing may be dropped on the way in (units=False) and nothing searched for (one inline formula).
    kept = NormalizationConfig(
        basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none", equations=False
    )
    form = [
        LatexExtractionConfig(
            try_extract_without_anchor=True, boxed_match_priority=-1, normalization_config=kept
        )
    ]

    def read(expression: str) -> list[Json]:
        options = {"fallback_mode": "no_fallback", "extraction_mode": "first_match", "parsing_timeout": None}
        return list(parse(f"${expression}$", form, **options))

    def compare(truth: str, answer: str) -> MathVerdict:
        gold = read(truth)
        if not gold:
            return "unreadable truth"
        said = read(answer)
        if not said:
            return "unreadable answer"
        return "equal" if verify(gold, said, timeout_seconds=None) else "different"

    compare(r"\frac{1}{2} + x^2", r"\sqrt{2}")
    return compare
