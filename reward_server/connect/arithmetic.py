"""What a step costs: rollouts and judge questions, under both meanings of a batch size."""

from collections.abc import Iterator
from dataclasses import dataclass

from reward_server.connect.trainer import Counts


@dataclass(frozen=True, slots=True)
class Step:
    """One training step, if the batch size counts `counts`."""

    counts: Counts
    prompts: float
    rollouts: int
    questions: int | None
    """Most judge questions; None where the server does not tell."""


def steps(batch_size: int, group_size: int, questions: int | None) -> Iterator[Step]:
    """Both readings of one number. `questions` is for one rollout."""
    for counts in Counts:
        prompts = batch_size if counts is Counts.PROMPTS else batch_size / group_size
        rollouts = batch_size * group_size if counts is Counts.PROMPTS else batch_size
        asked = None if questions is None else questions * rollouts
        yield Step(counts, prompts, rollouts, asked)


def line(step: Step, group_size: int) -> str:
    """`32 prompts x 8 = 256 rollouts, at most 1,024 judge questions`."""
    asked = "" if step.questions is None else f", {_most(step.questions)}"
    return f"{step.prompts:,.6g} prompts x {group_size} = {step.rollouts:,} rollouts{asked}"


def _most(questions: int) -> str:
    return f"at most {questions:,} judge questions" if questions else "no judge questions"
