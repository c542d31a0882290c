"""A rubric's criterion that a classifier decides."""

from collections.abc import Mapping

from judges.classifiers.classifier import Classifier
from judges.classifiers.item import Claim
from rubrics.blank import is_blank
from rubrics.cause import Cause
from rubrics.criteria.classifier import ClassifierCriterion
from rubrics.criteria.label import NO, YES
from rubrics.outcome import Unscored
from rubrics.verdict import Reading


async def classify(
    criterion: ClassifierCriterion, texts: Mapping[str, str], classifiers: Mapping[str, Classifier]
) -> Reading | Unscored:
    """The probability that it is met, as a reading over yes and no; `texts` are the rubric's inputs by name.

    A claim without text claims nothing: it is not met, and the model is not asked.
    """
    classifier = classifiers.get(criterion.use)
    if classifier is None:
        return Unscored(Cause.COMPONENT_ERROR, f"there is no classifier `{criterion.use}`")
    missing = [name for name in criterion.reads if name not in texts]
    if missing:
        return Unscored(Cause.MISSING_FIELD, f"the classifier reads `{missing[0]}`, which was not sent")
    claim = texts[criterion.claim]
    if is_blank(claim):
        return Reading({YES: 0.0, NO: 1.0})
    premise = None if criterion.premise is None else texts[criterion.premise]
    found = await classifier.score(Claim(claim, premise))
    if isinstance(found, Unscored):
        return found
    return Reading({YES: found.probability, NO: 1.0 - found.probability})
