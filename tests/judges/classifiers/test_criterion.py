"""A rubric's criterion that a classifier decides."""

import pytest

from judges.backend_error import BackendError
from judges.classifiers.classifier import Classifier
from judges.classifiers.criterion import classify
from judges.classifiers.finding import Finding
from judges.classifiers.item import Claim, Item
from rubrics.cause import Cause
from rubrics.criteria.classifier import ClassifierCriterion
from rubrics.outcome import Unscored
from rubrics.verdict import Reading


class Entails:
    """Finds that a premise holds a claim with the probability that is its length in tenths."""

    def __init__(self) -> None:
        self.asked: list[Item] = []

    async def __call__(self, item: Item) -> Finding:
        self.asked.append(item)
        assert isinstance(item, Claim)
        if item.text == "broken":
            raise BackendError(Cause.JUDGE_UNREACHABLE, "gone")
        if item.text == "bug":
            raise ZeroDivisionError
        return Finding(7.0, len(item.text) / 10)

    async def aclose(self) -> None: ...


def criterion(**options: object) -> ClassifierCriterion:
    return ClassifierCriterion.model_validate({"use": "nli", "claim": "reply", **options})


async def test_the_probability_is_that_of_yes() -> None:
    scorer = Entails()
    texts = {"source": "what stands", "reply": "four", "other": "x"}
    found = await classify(criterion(premise="source"), texts, {"nli": Classifier(scorer)})
    assert found == Reading({"yes": 0.4, "no": 0.6})
    assert scorer.asked == [Claim("four", "what stands")]
    await classify(criterion(), texts, {"nli": Classifier(scorer)})
    assert scorer.asked[-1] == Claim("four")


@pytest.mark.parametrize("blank", ["", " \n", "\u200b\u2060"])
async def test_a_blank_claim_is_not_met_and_costs_nothing(blank: str) -> None:
    scorer = Entails()
    found = await classify(criterion(), {"reply": blank}, {"nli": Classifier(scorer)})
    assert found == Reading({"yes": 0.0, "no": 1.0})
    assert scorer.asked == []


@pytest.mark.parametrize(
    ("text", "expected"), [("broken", Cause.JUDGE_UNREACHABLE), ("bug", Cause.JUDGE_ERROR)]
)
async def test_a_failure_has_its_cause(text: str, expected: Cause) -> None:
    found = await classify(criterion(), {"reply": text}, {"nli": Classifier(Entails())})
    assert isinstance(found, Unscored)
    assert found.cause == expected


async def test_an_input_that_was_not_sent_is_ours() -> None:
    found = await classify(criterion(premise="source"), {"reply": "so"}, {"nli": Classifier(Entails())})
    assert isinstance(found, Unscored)
    assert found.cause == Cause.MISSING_FIELD


async def test_a_classifier_that_is_not_there_is_ours() -> None:
    found = await classify(criterion(), {"reply": "so"}, {})
    assert isinstance(found, Unscored)
    assert found.cause == Cause.COMPONENT_ERROR
