"""What is known of a judge's endpoint: how it is best asked, and whether a replica of it is fit."""

import asyncio
import math
from collections.abc import Mapping
from contextvars import Context
from functools import partial

from judges import clock
from judges.asking.attempts import Asking
from judges.backend import BackendError
from judges.caller import Caller
from judges.engine.replica import Replica
from judges.probe.canary import CANARIES, asked_as
from judges.probe.capability import best_form
from judges.probe.probing import probe
from judges.readout.reply import read
from judges.request import Form, Reply, Request
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading

CANARY_S = 10.0
"""A canary that takes longer has failed."""


class Endpoint:
    """Asks questions of its own: the probe's, and the canaries'."""

    def __init__(self, asking: Asking, form: Form | None) -> None:
        self.form = form
        """How answers are asked for; None while that is not known."""
        self._asking = asking
        self._probing: asyncio.Task[Form] | None = None

    async def probed(self) -> Form:
        """How this endpoint is best asked; found out once, for all who wait for it. Raises BackendError."""
        if self._probing is None or self._probing.done():
            # In a context of its own: the first asker's deadline is not everybody's.
            self._probing = asyncio.create_task(self._probe(), context=Context())
            self._probing.add_done_callback(_retrieved)
        return await asyncio.shield(self._probing)

    async def aclose(self) -> None:
        """Stop asking."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)

    async def fit(self, replica: Replica) -> float | None:
        """Ask the canaries: seconds of the slowest answer, None where one is no verdict.

        Right and wrong are not told apart, as a weak model is no broken replica; but one that is suspected of
        saying the same to everything must not do so here.
        """
        seconds: list[float] = []
        said: list[Mapping[str, float]] = []
        for question, _ in CANARIES:
            started = clock.now()
            outcome = await self._canary(replica, asked_as(question, self.form or "token"))
            seconds.append(clock.now() - started)
            if isinstance(outcome, Reading):
                said.append(outcome.choices)
            elif outcome is None or outcome.cause != Cause.JUDGE_ABSTAINED:
                return None
        one_answer = len(said) > 1 and said[0] == said[1]
        return None if one_answer and replica.health.suspect else max(seconds)

    async def _canary(self, replica: Replica, request: Request) -> Reading | Unscored | None:
        try:
            async with asyncio.timeout(CANARY_S):
                reply = await self._asking.reply(replica, request)
        except (BackendError, TimeoutError):
            return None
        return read(reply, request.choices, request.form)

    async def _probe(self) -> Form:
        anywhere = _Anywhere(self._asking)
        found = await self._asking.persist(partial(probe, anywhere, timeout_s=self._asking.timeout_s))
        self.form = best_form(found)
        self._asking.observer.pinned(self.form)
        return self.form


class _Anywhere:
    """The fleet as a backend, for the probe."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def __call__(self, request: Request) -> Reply:
        return await self._asking.send(request, Caller(math.inf))

    async def aclose(self) -> None: ...


def _retrieved(task: asyncio.Task[Form]) -> None:
    """Nobody may be left to hear why probing failed."""
    if not task.cancelled():
        task.exception()
