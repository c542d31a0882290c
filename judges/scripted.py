"""A judge that follows a script: for tests, examples and trying out a rubric without a model.

In Python, a script is a function of the request:

    backend = ScriptedBackend(lambda request: answer("yes", 0.9))
    judge = Judge(backend)

In a reward file, words of the criterion decide:

    judges:
      default: {use: scripted, otherwise: 0.2, chances: {"cites a clause": 0.9}}
"""

import inspect
import math
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated

from pydantic import Field

from judges.backend import Alternatives, BackendError, JudgeOptions, Reply, Request, Usage

Script = Callable[[Request], Reply | Awaitable[Reply]]
"""Answers a request, or raises BackendError."""

MODEL = "gavel-scripted"
Chance = Annotated[float, Field(ge=0, le=1)]


class ScriptedBackend:
    """Answers by a script and remembers what it was asked."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.requests: list[Request] = []
        self.closed = False

    async def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        reply = self._script(request)
        return await reply if inspect.isawaitable(reply) else reply

    async def aclose(self) -> None:
        self.closed = True


def in_turn(*steps: Reply | BackendError) -> Script:
    """A script of one step for each request, first to last; there must be no more requests than steps."""
    turns: Iterator[Reply | BackendError] = iter(steps)

    def script(_: Request) -> Reply:
        step = next(turns)
        if isinstance(step, BackendError):
            raise step
        return step

    return script


def answer(choice: str, chance: float = 1.0, other: str = "no") -> Reply:
    """A one-token reply: `choice` with probability `chance`, `other` with the rest."""
    return distribution({choice: chance, other: 1.0 - chance} if choice != other else {choice: chance})


def distribution(chances: dict[str, float]) -> Reply:
    """A one-token reply with these tokens' probabilities; the first most probable token is the text."""
    alternatives: Alternatives = [
        (token, math.log(chance)) for token, chance in chances.items() if chance > 0
    ]
    return Reply(max(chances, key=chances.__getitem__), alternatives, MODEL, Usage(completion=1))


def text(words: str) -> Reply:
    """A reply without log-probabilities."""
    return Reply(words, None, MODEL)


class Scripted(JudgeOptions):
    """A judge that answers from a list. Not a model: its verdicts mean nothing."""

    chances: Annotated[dict[str, Chance], Field(default_factory=dict)]
    """Words of a question, with the probability of its first answer; the first entry that occurs decides."""
    otherwise: Chance = 0.5
    """The probability of the first answer for other questions."""

    def open(self) -> ScriptedBackend:
        return ScriptedBackend(self._reply)

    def _reply(self, request: Request) -> Reply:
        question = request.messages[-1]["content"].rpartition("\nCriterion: ")[2]
        chance = next((chance for words, chance in self.chances.items() if words in question), self.otherwise)
        rest = (1.0 - chance) / (len(request.choices) - 1)
        first, *others = request.choices
        return distribution({first: chance, **dict.fromkeys(others, rest)})
