"""Where the sizes of prompts come from: a rubric, with a sample or without, or plain numbers."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reward_server.cli.rubric.cost import DATASET, GROUP, ROLLOUT
from reward_server.cli.rubric.inputs import completion_layout, open_rubric, token_count

if TYPE_CHECKING:
    from judges.cost.profile import Sizes
    from reward_server.cli.plan_inputs import PlanRegimes
    from reward_server.load.capacity.asking import Questions
    from rubrics.rollout import Group
    from rubrics.rubric import PromptLayout

GIVEN_SYSTEM, GIVEN_GROUP, GIVEN_ROLLOUT, GIVEN_CRITERION = 200, 1200, 400, 80
"""Tokens without a rubric: rules, a policy with a post, 300 words about it, a criterion."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """As they are given; None where they are not."""

    sample: Path | None
    reward: Path | None
    tokenizer: Path | None
    criteria: int | None
    votes: int | None
    system: int | None
    criterion: int | None
    dataset: int | None
    group: int | None
    rollout: int | None
    reason: int
    quote: int

    def questions(self, rubric: Path | None, layout: "PlanRegimes | None") -> "tuple[Questions, float]":
        """What is asked, and the share of rollouts whose text comes again.

        Raises ConfigError and BadParameter.
        """
        if rubric is None:
            return self._numbers(layout), 0.0
        self._refuse(("criteria", "votes", "system", "criterion"), "the rubric says it")
        return self._rubric(rubric, layout)

    def _numbers(self, layout: "PlanRegimes | None") -> "Questions":
        from reward_server.load.capacity.numbers import Numbers

        self._refuse(
            ("sample", "reward", "tokenizer", "dataset"), "it is for a rubric file: gavel plan RUBRIC"
        )
        if self.criteria is None:
            raise typer.BadParameter("say how many, or name a rubric file", param_hint="--criteria")
        return Numbers(
            criteria=self.criteria,
            system=_or(self.system, GIVEN_SYSTEM),
            group=_or(self.group, GIVEN_GROUP),
            rollout=_or(self.rollout, GIVEN_ROLLOUT),
            criterion=_or(self.criterion, GIVEN_CRITERION),
            samples=_or(self.votes, 1),
            regime=layout.value if layout else "criterion_last",
        )

    def _rubric(self, path: Path, layout: "PlanRegimes | None") -> "tuple[Questions, float]":
        from judges.cost.profile import Words
        from reward_server.load.capacity.rubric import RubricQuestions, repeated
        from rubrics.rubric_file import load_rubric

        shown = completion_layout(self.reward)
        loaded = load_rubric(path) if self.sample is None else open_rubric(path, shown, self.reward)
        if layout is not None and layout.value == "criterion_first":
            raise typer.BadParameter("no rubric is asked so; it is for --criteria", param_hint="--layout")
        count, counted = token_count(self.tokenizer)
        groups = self._groups()
        words = Words(self.reason, self.quote)
        chosen: PromptLayout | None = None
        if layout is not None:
            chosen = "listed" if layout.value == "listed" else "criterion_last"
        lengths = self._sizes() if groups is None else groups
        questions = RubricQuestions(loaded, lengths, count, counted, words, chosen)
        return questions, repeated(groups) if groups else 0.0

    def _groups(self) -> "list[Group] | None":
        from reward_server.offline import read_batch

        if self.sample is None:
            return None
        self._refuse(("dataset", "group", "rollout"), "--sample measures the lengths")
        return list(read_batch(self.sample, completion_layout(self.reward)).groups)

    def _sizes(self) -> "Sizes":
        return {
            "dataset": _or(self.dataset, DATASET),
            "group": _or(self.group, GROUP),
            "rollout": _or(self.rollout, ROLLOUT),
        }

    def _refuse(self, names: tuple[str, ...], why: str) -> None:
        for field in fields(self):
            if field.name in names and getattr(self, field.name) is not None:
                raise typer.BadParameter(why, param_hint=_FLAGS.get(field.name, f"--{field.name}"))


_FLAGS = {name: f"--{name}-tokens" for name in ("system", "criterion", "dataset", "group", "rollout")}


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
