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
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated

import msgspec
from pydantic import Field

from judges.backend import BackendError, JudgeOptions
from judges.cache.options import CacheOptions
from judges.readout.reply import VERDICT
from judges.request import Alternatives, Form, Prompt, Reply, Request, Usage
from rubrics.criteria.criterion import HALF

Script = Callable[[Request], Reply | Awaitable[Reply]]
"""Answers a request, or raises BackendError."""

MODEL = "gavel-scripted"
LONGEST = 120
"""Characters of the words that a list of answers says where words are wanted."""
_NUMBER = re.compile(r"Criterion: (\[\d+\])\n")
_STATED = re.compile(r"Criterion \[(\d+)\]: ")
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
    cache: CacheOptions = CacheOptions(store="none")
    """Where verdicts are kept; nowhere, unless this says otherwise."""

    def open(self) -> ScriptedBackend:
        return ScriptedBackend(self._reply)

    def known_form(self) -> Form:
        return super().known_form() or "token"

    def _reply(self, request: Request) -> Reply:
        if request.menus:
            return text(msgspec.json.encode(self._sheet(request)).decode())
        if not request.choices:
            return text(_shown(request.prompt))
        asked = criterion_of(request.prompt)
        chance = self._chance(asked)
        rest = (1.0 - chance) / (len(request.choices) - 1)
        first, *others = request.choices
        return in_form(request.form, distribution({first: chance, **dict.fromkeys(others, rest)}))

    def _chance(self, asked: str) -> float:
        return next((chance for words, chance in self.chances.items() if words in asked), self.otherwise)

    def _sheet(self, request: Request) -> dict[str, str]:
        """The first answer to each statement that is likelier than not, else the last one."""
        stated = criteria_of(request.prompt)
        return {
            number: choices[0] if self._chance(stated.get(number, "")) >= HALF else choices[-1]
            for number, choices in request.menus
        }


def in_form(form: Form, reply: Reply) -> Reply:
    """A one-token reply as it is without log-probabilities: the most probable answer."""
    if form == "token":
        return reply
    return text(msgspec.json.encode({VERDICT: reply.text}).decode() if form == "json" else reply.text)


def criterion_of(prompt: Prompt) -> str:
    """The question, with the criterion's own words where it only gives a number (the layout `listed`)."""
    number = _NUMBER.match(prompt.question)
    return prompt.question if number is None else _listed(prompt, number[1]) + "\n" + prompt.question


def criteria_of(prompt: Prompt) -> dict[str, str]:
    """The criteria of a question that asks several, each by its number."""
    found = {}
    for block in prompt.question.split("\n\n"):
        stated, named = _STATED.match(block), _NUMBER.match(block)
        if stated is not None:
            found[stated[1]] = block
        elif named is not None:
            found[named[1][1:-1]] = _listed(prompt, named[1])
    return found


def _listed(prompt: Prompt, number: str) -> str:
    listed = prompt.shared.system.rpartition("\n\nCriteria:\n\n")[2]
    return next((entry for entry in listed.split("\n\n") if entry.startswith(number)), "")


def _shown(prompt: Prompt) -> str:
    """Words: the last line of the evidence that is no fence."""
    lines = (
        line for line in reversed(prompt.shared.evidence.splitlines()) if line.strip() and line[0] != "<"
    )
    return next(lines, "nothing")[:LONGEST]
