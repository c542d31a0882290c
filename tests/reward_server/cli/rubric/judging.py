"""Judges for tests of `gavel rubric test`."""

from itertools import cycle
from typing import Annotated

from pydantic import Field

from judges.backend import Backend, JudgeOptions
from judges.backends.scripted import ScriptedBackend, answer, distribution
from judges.request import Form, Reply, Request


class ByWords(JudgeOptions):
    """Answers by words of the question and of the text: the first that occur decide."""

    chances: dict[str, dict[str, float | list[float]]]
    """Words of the question -> words of the text -> P(yes), or the levels' probabilities."""

    def open(self) -> Backend:
        return ScriptedBackend(self._reply)

    def known_form(self) -> Form:
        return "token"

    def _reply(self, request: Request) -> Reply:
        texts = next(texts for words, texts in self.chances.items() if words in request.prompt.question)
        evidence = request.prompt.shared.evidence
        chance = next(chance for words, chance in texts.items() if words in evidence)
        if isinstance(chance, float):
            return answer(request.choices[0], chance)
        return distribution(dict(zip(request.choices, chance, strict=True)))


class Wavering(JudgeOptions):
    """Changes its mind with every question."""

    steps: Annotated[list[float], Field(min_length=1)]

    def open(self) -> Backend:
        steps = cycle(self.steps)
        return ScriptedBackend(lambda request: answer(request.choices[0], next(steps)))

    def known_form(self) -> Form:
        return "token"
