"""The ways to ask about the same rollouts that B5 compares."""

import asyncio
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.environments import NoEnvironmentError, python_of
from benchmarks.prompts.evidence import GROUP, Messages, Work, work
from judges.grade import grade_group
from judges.judge import Judge
from judges.prompts.framing import Framing
from judges.request import Prompt, Shared
from rubrics.completion import Completion
from rubrics.inputs import read_inputs
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import PromptLayout, Rubric
from rubrics.verdict import Reading

ROOT = Path(__file__).parent.parent.parent
CRITERIA = 8
YES_NO = ("yes", "no")
OURS: Sequence[PromptLayout] = ("criterion_last", "listed")
PEERS = ("rubric", "autorubric")


class NoVerdictError(Exception):
    """A question without an answer: what was measured is not what was meant."""


class Layout(NamedTuple):
    """One way to ask everything."""

    name: str
    prompts: list[Prompt]
    """All of them, for the tokenizer and for those who only have prompts."""
    grading: tuple[Rubric, list[list[Rollout]]] | None = None
    """What our own layouts are asked by: rubric and groups."""

    async def ask(self, judge: Judge) -> None:
        """Have everything judged at once. Raises NoVerdictError where a verdict is missing."""
        if self.grading is None:
            found: Sequence[Reading | Outcome] = await asyncio.gather(
                *(judge.ask(prompt, YES_NO) for prompt in self.prompts)
            )
        else:
            rubric, groups = self.grading
            graded = await asyncio.gather(*(grade_group(rubric, group, judge) for group in groups))
            found = [outcome for outcomes in graded for outcome in outcomes]
        for each in found:
            if isinstance(each, Unscored):
                raise NoVerdictError(f"{self.name}: {each.cause}, {each.detail}")


def rubric_of(given: Work, layout: PromptLayout) -> Rubric:
    return Rubric.model_validate(
        {
            "schema": "rubric/v1",
            "id": "prefill",
            "layout": layout,
            "guidelines": given.guidelines,
            "inputs": {"post": {"from": "prompt", "share": "group"}, "response": {"from": "completion"}},
            "criteria": [{"id": f"c{number}", "ask": text} for number, text in enumerate(given.statements)],
        }
    )


def groups_of(given: Work) -> list[list[Rollout]]:
    rollouts = [
        Rollout(id=f"r{number}", prompt=each.post, completion=Completion(each.response))
        for number, each in enumerate(given.rollouts)
    ]
    return [rollouts[start : start + GROUP] for start in range(0, len(rollouts), GROUP)]


def own(given: Work, layout: PromptLayout) -> Layout:
    rubric, groups = rubric_of(given, layout), groups_of(given)
    return Layout(layout, prompts_of(rubric, groups), (rubric, groups))


def prompts_of(rubric: Rubric, groups: Sequence[Sequence[Rollout]]) -> list[Prompt]:
    framing = Framing(rubric)
    prompts: list[Prompt] = []
    for rollout in (rollout for group in groups for rollout in group):
        texts = read_inputs(rubric.inputs, rollout)
        assert not isinstance(texts, Unscored)
        frame = framing.frame(texts)
        prompts += [frame.ask(criterion) for criterion in rubric.criteria]
    return prompts


def criterion_first(last: Layout) -> Layout:
    return Layout("criterion first", [moved(prompt) for prompt in last.prompts])


def moved(prompt: Prompt) -> Prompt:
    """The same prompt with its criterion ahead of the texts."""
    criterion, _, offer = prompt.question.rpartition("\n")
    return Prompt(Shared(prompt.shared.system, ""), f"{criterion}\n\n{prompt.shared.evidence}{offer}")


def peer(name: str, rollouts: int) -> Layout:
    """What a tool sends, by its own code in its own environment. Raises NoEnvironmentError."""
    command = [python_of(name), "-m", f"benchmarks.prompts.{name}_prompts", str(rollouts), str(CRITERIA)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Layout(name, [as_prompt(json.loads(line)) for line in done.stdout.splitlines()])


def as_prompt(messages: Messages) -> Prompt:
    system, user = messages
    return Prompt(Shared(system["content"], ""), user["content"])


def layouts(rollouts: int) -> tuple[list[Layout], list[str]]:
    """All of them, and whose prompts could not be had."""
    given = work(rollouts, CRITERIA)
    last, listed = (own(given, layout) for layout in OURS)
    found, missing = [criterion_first(last)], []
    for name in PEERS:
        try:
            found.append(peer(name, rollouts))
        except (NoEnvironmentError, subprocess.CalledProcessError) as error:
            missing.append(str(error))
    return [*found, last, listed], missing
