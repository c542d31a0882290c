"""The one question of a holistic rubric: how well a text does by all criteria together."""

from rubrics.criteria.criterion import Criterion

HOLISTIC = "holistic"
"""The id of its verdict; no criterion may have it."""

_LEVELS = {
    "fails": "satisfies nothing that weighs much, or falls into pitfalls that outweigh the rest",
    "poor": "satisfies less than half of what weighs much",
    "partial": "satisfies about half of what weighs much",
    "good": "satisfies most of what weighs much, and falls into no grave pitfall",
    "complete": "satisfies everything, and falls into no pitfall",
}


def overall_question() -> Criterion:
    """The question, on a scale of five levels."""
    return Criterion.model_validate(
        {
            "id": HOLISTIC,
            "ask": "All criteria listed above taken together, by their weights: how well does the text do?",
            "scale": [{name: means} for name, means in _LEVELS.items()],
        }
    )
