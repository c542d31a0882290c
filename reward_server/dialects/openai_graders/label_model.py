"""`label_model`: a judge chooses a label, of which some pass."""

import math
from collections.abc import Mapping, Sequence

from judges.prompts.fence import visible
from judges.prompts.letters import LETTERS
from reward_server.dialects.openai_graders.graded import Graded
from reward_server.dialects.openai_graders.graders import LabelModelGrader
from reward_server.dialects.openai_graders.judge_lookup import Judges
from reward_server.dialects.openai_graders.judge_question import JudgeQuestion
from reward_server.dialects.openai_graders.variables import Variables
from reward_server.wire.status import RequestError
from rubrics.outcome import Unscored

FEWEST, MOST = 2, 20
"""Labels: endpoints show the probabilities of twenty tokens."""


class LabelModel:
    """The probability that the label is one that passes. Labels are offered as letters: one token each."""

    low = 0.0

    def __init__(self, grader: LabelModelGrader, path: str, judges: Judges) -> None:
        _check(grader, path)
        self._labels = dict(zip(LETTERS, grader.labels, strict=False))
        self._passing = frozenset(grader.passing_labels)
        self._asked = JudgeQuestion(grader, path, judges, _question(self._labels), tuple(self._labels))
        self.model = self._asked.model

    async def grade(self, variables: Variables) -> Graded:
        found = await self._asked.ask(variables)
        if isinstance(found, Unscored):
            return Graded.unscored(found)
        chances = {self._labels[answer]: chance for answer, chance in found.choices.items()}
        passed = math.fsum(chance for label, chance in chances.items() if label in self._passing)
        likeliest = max(chances, key=chances.__getitem__)
        return Graded.scored(min(passed, 1.0), f"most probably {likeliest[:80]!a}")


def _check(grader: LabelModelGrader, path: str) -> None:
    labels = grader.labels
    if not FEWEST <= len(labels) <= MOST or len(set(labels)) < len(labels):
        _refuse(f"{len(labels)} labels", f"{path}.labels", f"{FEWEST} to {MOST} labels, each of them once")
    unknown = [label for label in grader.passing_labels if label not in labels]
    if unknown or not grader.passing_labels:
        told = f"{unknown[0][:40]!a} is not one of the labels" if unknown else "no label passes"
        _refuse(told, f"{path}.passing_labels", "at least one of `labels`")


def _refuse(message: str, path: str, hint: str) -> None:
    raise RequestError("invalid_field", message, path=path, hint=hint)


def _question(labels: Mapping[str, str]) -> str:
    offered = [f"{letter}: {' '.join(visible(label).split())}" for letter, label in labels.items()]
    return "\n".join(["Criterion: the label that the instructions call for", *offered, _offer(tuple(labels))])


def _offer(letters: Sequence[str]) -> str:
    return f"Answer with exactly one of: {', '.join(letters)}."
