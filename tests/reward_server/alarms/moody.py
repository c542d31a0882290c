"""A judge whose opinion, and whose patience, a test sets while it runs."""

import asyncio
from random import Random
from typing import ClassVar

from judges.backend import JudgeOptions
from judges.backend_error import BackendError
from judges.backends.scripted import ScriptedBackend, answer
from judges.request import Form, Reply, Request
from rubrics.cause import Cause


class Mood:
    """What all moody judges think now."""

    down = False
    chance = 0.3
    noise = 0.0
    asked = 0
    open = asyncio.Event()
    random = Random(1)

    @classmethod
    def reset(cls) -> None:
        cls.chance, cls.noise, cls.asked, cls.random, cls.down = 0.3, 0.0, 0, Random(1), False
        cls.open = asyncio.Event()
        cls.open.set()


class Moody(JudgeOptions):
    """Says yes with the probability of the hour."""

    form: ClassVar[Form] = "token"

    def open(self) -> ScriptedBackend:
        return ScriptedBackend(_reply)

    def known_form(self) -> Form:
        return "token"


async def _reply(_: Request) -> Reply:
    await Mood.open.wait()
    Mood.asked += 1
    if Mood.down:
        raise BackendError(Cause.JUDGE_ERROR, "down")
    chance = Mood.chance + Mood.noise * Mood.random.uniform(-1, 1)
    return answer("yes", min(0.99, max(0.01, chance)))
