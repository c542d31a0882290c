"""A scripted network: replicas whose speed and moods are drawn from a seed, in virtual time."""

import asyncio
import math
from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import Literal, NamedTuple

from judges.backend import BackendError
from judges.request import Reply, Request
from rubrics.cause import Cause
from rubrics.problems import ConfigError

Mood = Literal["well", "down", "reset", "silent", "slow", "busy", "error", "babble", "constant", "stragglers"]
MOODS: Sequence[Mood] = ("down", "reset", "silent", "slow", "busy", "error", "babble", "stragglers")
"""What may come over a replica. `constant` is apart: its answers are wrong, not missing."""

SLOW_S = 0.5
"""A judge this slow with a single slot cannot but exceed the time limit of a call before that is known."""

_ERRORS = {
    "down": BackendError(Cause.JUDGE_UNREACHABLE, "no connection", retryable=True),
    "busy": BackendError(Cause.JUDGE_RATE_LIMITED, "HTTP 429", retryable=True, retry_after=2.0),
    "error": BackendError(Cause.JUDGE_ERROR, "HTTP 500", retryable=True),
}


class Spell(NamedTuple):
    """A mood from one moment to another, in seconds from the start."""

    mood: Mood
    begins: float
    ends: float


def chance(text: str) -> float:
    """The one right probability of `yes` for a text, so that a verdict on another text shows."""
    return 0.05 + 0.9 * int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48


def reply(yes: float) -> Reply:
    return Reply("yes" if yes > 0.5 else "no", [("yes", math.log(yes)), ("no", math.log(1 - yes))])


class Machine:
    """One replica: so many slots, a latency, spells of bad moods, and a time when its name is not known."""

    def __init__(self, random: Random, seconds: float, spells: Sequence[Spell], away: Spell | None) -> None:
        self._random = random
        self._spells = spells
        self._away = away
        self._slots = asyncio.Semaphore(random.choice([1 if seconds < SLOW_S else 4, 4, 16, 64, 256]))
        self._seconds = seconds
        self._unopenable = random.choice([0] * 7 + [2])
        self.began = asyncio.get_running_loop().time()
        self.held = self.most_held = self.calls = 0

    @property
    def now(self) -> float:
        """Seconds since it began."""
        return asyncio.get_running_loop().time() - self.began

    @property
    def known(self) -> bool:
        """Whether its name leads to it."""
        return self._away is None or not self._away.begins <= self.now < self._away.ends

    def open(self) -> "Door":
        """A way to it; the first tries may fail."""
        if self._unopenable:
            self._unopenable -= 1
            raise ConfigError("no such model")
        return Door(self)

    async def answer(self, request: Request) -> Reply:
        self.calls += 1
        self.held += 1
        self.most_held = max(self.most_held, self.held)
        try:
            return await self._answer(request, self._mood)
        finally:
            self.held -= 1

    @property
    def _mood(self) -> Mood:
        now = self.now
        return next((spell.mood for spell in self._spells if spell.begins <= now < spell.ends), "well")

    async def _answer(self, request: Request, mood: Mood) -> Reply:
        if mood in _ERRORS:
            await asyncio.sleep(0.001)
            error = _ERRORS[mood]
            raise BackendError(
                error.cause, error.detail, retryable=error.retryable, retry_after=error.retry_after
            )
        if mood == "silent":
            await asyncio.Event().wait()
        async with self._slots:
            await asyncio.sleep(self._service_s(mood))
        if mood == "reset":
            raise BackendError(Cause.JUDGE_UNREACHABLE, "reset", retryable=True)
        if mood == "babble":
            return Reply("!!!!", [("!!!!", -0.001)])
        if mood == "constant":
            return reply(0.98)
        return reply(chance(request.prompt.shared.evidence + request.prompt.question))

    def _service_s(self, mood: Mood) -> float:
        seconds = self._seconds * self._random.uniform(0.8, 1.3)
        if mood == "slow" or (mood == "stragglers" and self._random.random() < 0.05):
            return 20 * seconds
        return seconds


class Door:
    """The backend that leads to a machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._held = 0
        self._closed = False

    async def __call__(self, request: Request) -> Reply:
        assert not self._closed, "a call on a backend that is closed"
        self._held += 1
        try:
            return await self._machine.answer(request)
        finally:
            self._held -= 1

    async def aclose(self) -> None:
        assert not self._held, f"closed with {self._held} calls in flight"
        assert not self._closed, "closed twice"
        self._closed = True
