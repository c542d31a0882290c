"""A range of scores as answers that a judge can choose between, and its choice as a score.

A score is the expected value over the answers, by the judge's own probabilities: the same few tokens say
7.3 where a single sampled number says 7 (G-Eval, Liu et al. 2023, arXiv 2303.16634). No number is parsed
out of text, so none is misread, and a score is a verdict like any other: asked for in the form that the
endpoint serves, cached, retried.
"""

import math
from collections.abc import Mapping

from judges.prompts.letters import LETTERS
from rubrics.verdict import Reading

STEPS = 10
"""A range that digits cannot name is offered in so many steps."""
LEAST_DIGITS, MOST_DIGIT = 3, 9

Scale = Mapping[str, float]
"""Answer -> score, lowest first."""


def scale(low: float, high: float) -> Scale:
    """The answers for a range: its whole numbers where each is one digit and there are enough, else letters.

    The number 10 is one token to some models and two to others, so it is never an answer itself.
    """
    if low % 1 == high % 1 == 0 and 0 <= low <= high + 1 - LEAST_DIGITS and high <= MOST_DIGIT:
        return {str(score): float(score) for score in range(int(low), int(high) + 1)}
    scores = (low + (high - low) * step / STEPS for step in range(STEPS + 1))
    return dict(zip(LETTERS, scores, strict=False))


def question(answers: Scale) -> str:
    """The lines that ask for a score; the last one names the answers."""
    low, *_, high = answers.values()
    bare = all(answer.isdigit() for answer in answers)
    levels = [] if bare else [f"{answer}: {_number(score)}" for answer, score in answers.items()]
    asked = f"Criterion: the score from {_number(low)} to {_number(high)} that the instructions call for"
    return "\n".join([asked, *levels, f"Answer with exactly one of: {', '.join(answers)}."])


def score_of(reading: Reading, answers: Scale) -> float:
    """The expected score, within the range."""
    expected = math.fsum(chance * answers[answer] for answer, chance in reading.choices.items())
    return min(max(expected, min(answers.values())), max(answers.values()))


def _number(score: float) -> str:
    return f"{score:.10g}"
