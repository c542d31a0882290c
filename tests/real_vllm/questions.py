"""Rubrics, rollouts and the questions they come to, rendered by the project itself: no two texts alike."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import NamedTuple

from judges.prompts.framing import Framing, answers_of
from judges.request import Prompt
from rubrics.completion import Completion
from rubrics.inputs import read_inputs
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import PromptLayout, Rubric
from tests.environments.prose import prose

LAYOUTS: Sequence[PromptLayout] = ("criterion_last", "listed")
YES_NO = ("yes", "no")
SEED_TO_FIT, SEED_TO_TEST = 1, 1001


class Question(NamedTuple):
    """A prompt and the answers that it offers."""

    prompt: Prompt
    choices: tuple[str, ...]

    @property
    def json(self) -> Mapping[str, object]:
        """As the modules in vLLM's environment read it."""
        return {"messages": self.prompt.messages, "choices": list(self.choices)}


def rubric(statements: int = 4, words: int = 20, *, layout: PromptLayout) -> Rubric:
    """A rubric of random statements, the second a pitfall."""
    asked = [prose(Random(number), words) for number in range(statements)]
    criteria = [
        {"id": f"c{number}", "ask": text, "weight": -1 if number == 1 else 2}
        for number, text in enumerate(asked)
    ]
    inputs = {"post": {"from": "prompt", "share": "group"}, "reasoning": {"from": "completion"}}
    return Rubric.model_validate(
        {"schema": "rubric/v1", "id": "random", "layout": layout, "inputs": inputs, "criteria": criteria}
    )


def groups(count: int, size: int, seed: int, words: int = 100) -> list[list[Rollout]]:
    """Groups of rollouts that share a post; posts and completions have at most this many words."""
    chance = Random(seed)
    return [list(_group(chance, f"g{number}", size, words)) for number in range(count)]


def _group(chance: Random, name: str, size: int, words: int) -> Iterator[Rollout]:
    post = prose(chance, chance.randint(words // 4, words))
    for number in range(size):
        text = prose(chance, chance.randint(words // 4, words))
        yield Rollout(id=f"{name}.{number}", prompt=post, completion=Completion(text))


def questions(asked: Rubric, rollouts: Sequence[Rollout]) -> Iterator[Question]:
    """What a judge is asked about these rollouts: rollout by rollout, criterion by criterion."""
    framing = Framing(asked)
    for rollout in rollouts:
        texts = read_inputs(asked.inputs, rollout)
        assert not isinstance(texts, Unscored)
        frame = framing.frame(texts)
        for criterion in asked.criteria:
            yield Question(frame.ask(criterion), tuple(answers_of(criterion)))


def of_both_layouts(group_count: int, seed: int) -> list[Question]:
    """The questions about some groups of two, in both layouts."""
    rollouts = [rollout for group in groups(group_count, 2, seed) for rollout in group]
    return [question for layout in LAYOUTS for question in questions(rubric(layout=layout), rollouts)]
