"""Random rubrics, as data, and random completions that they are applied to."""

from random import Random

from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.criteria.criterion import Criterion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json, Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Reading
from tests.rubrics.making import assess
from tests.rubrics.reference import Entry, Found, Reference

UNSURE = Unscored(Cause.JUDGE_ABSTAINED, "it cannot tell")
SCALES: list[dict[str, Json]] = [{"low": 0.0, "mid": 0.3, "high": 1.0}, {"bad": 0.2, "good": 0.9}]
RANGES: list[list[Json]] = [[0, 1], [-0.5, 0.6], [0, 0.9]]


def any_criterion(chance: Random, number: int) -> Entry:
    c: Entry = {"id": f"c{number}", "weight": chance.choice([1, 2.5, 3, -1, -2, 0.3])}
    if chance.random() < 0.25:
        c["check"] = {"contains": [f"k{number}"]}
    else:
        c |= {"ask": f"It is {number}.", "abstain": chance.random() < 0.3}
        if chance.random() < 0.3:
            c["scale"] = chance.choice(SCALES)
    c["expect"] = chance.choice(["met", "met", "unmet", {"label": f"metadata.l{number}"}])
    if chance.random() < 0.2:
        c["when"] = chance.choice([{"path": "metadata.w"}, {"path": "metadata.w", "equals": ["a", "b"]}])
    if float(c["weight"]) > 0 and chance.random() < 0.4:
        c["gate"] = {chance.choice(["else", "cap"]): chance.choice([0, 0.25, 0.5])}
    return c


def any_rubric(chance: Random) -> Entry:
    criteria = [any_criterion(chance, number) for number in range(chance.randint(1, 5))]
    aggregate: Entry = {
        "method": chance.choice(["weighted_mean", "weighted_mean", "min", "product", "all"]),
        "abstain": chance.choice(["unscored", "skip", "worst"]),
        "min_coverage": chance.choice([0.01, 0.4, 0.7, 1.0, 1.0]),
    }
    if chance.random() < 0.2:
        aggregate["range"] = list(chance.choice(RANGES))
    found: Entry = {"schema": "rubric/v1", "id": "any", "criteria": list(criteria), "aggregate": aggregate}
    labelled = [c for c in criteria if isinstance(c["expect"], dict)]
    if labelled and chance.random() < 0.5:
        table: Json = {str(c["id"]): any_counts(chance, c) for c in labelled}
        found["weights"] = {"mode": "inverse_frequency", "table": table}
    elif chance.random() < 0.3:
        found["weights"] = {"mode": "uniform"}
    return found


def any_counts(chance: Random, c: Entry) -> Json:
    labels = labels_of(c)
    return {label: chance.randint(0, 20) for label in labels[: chance.randint(1, len(labels))]}


def labels_of(c: Entry) -> list[str]:
    scale: dict[str, Json] = c.get("scale", {"yes": 1, "no": 0})
    return list(scale)


def any_labels(chance: Random, data: Entry) -> dict[str, Json]:
    labels: dict[str, Json] = {"w": chance.choice(["a", "b", "c", "", None, False])}
    for number, c in enumerate(data["criteria"]):
        if chance.random() < 0.8:
            labels[f"l{number}"] = chance.choice([*labels_of(c), *labels_of(c), "neither"])
    return labels


def any_reading(chance: Random, criterion: Criterion) -> tuple[Reading | Unscored, Found]:
    match chance.randint(0, 7):
        case 0:
            return UNSURE, "abstained"
        case 1:
            return Unscored(Cause.JUDGE_TIMEOUT, "no reply"), "judge_timeout"
        case 2 | 3 | 4:
            sure = chance.choice(criterion.choices)
            shares = {choice: float(choice == sure) for choice in criterion.choices}
        case _:
            sizes = [chance.random() + 0.01 for _ in criterion.choices]
            shares = {c: size / sum(sizes) for c, size in zip(criterion.choices, sizes, strict=True)}
    values = criterion.scale or {"yes": 1.0, "no": 0.0}
    return Reading(shares), sum(share * values[choice] for choice, share in shares.items())


class Trial:
    """A random rubric on a random completion."""

    def __init__(self, chance: Random, data: Entry, rubric: Rubric) -> None:
        blank = chance.random() < 0.1
        words = [] if blank else ["text", *(f"k{n}" for n in range(5) if chance.random() < 0.6)]
        text = " ".join(words)
        labels = any_labels(chance, data)
        self.rollout = Rollout(id="r", prompt="p", completion=Completion(text), metadata=labels)
        self.readings: dict[str, Reading | Unscored] = {}
        found: dict[str, Found] = {}
        for number, c in enumerate(rubric.criteria):
            if c.ask is None:
                found[c.id] = float(f"k{number}" in text)
            else:
                self.readings[c.id], found[c.id] = any_reading(chance, c)
        self.expected = Reference(data, labels, found, blank).outcome()
        self.outcome = assess(rubric, self.rollout, self.readings)


def told(outcome: Outcome) -> float | str:
    return outcome.value if isinstance(outcome, Score) else str(outcome.cause)
