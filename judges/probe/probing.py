"""Asking an endpoint what it can do. That counts which has been seen, never what it says of itself."""

import asyncio
import math
from collections.abc import Callable

from msgspec.structs import replace

from judges import clock
from judges.backend import Backend, BackendError
from judges.probe.canary import CANARIES, ODD, ODD_CANARY, asked_as, long_canaries
from judges.probe.capability import LEAST_LOGPROBS, Capabilities, best_form
from judges.readout.reply import plausible, read
from judges.request import Form, Reply, Request
from rubrics.cause import Cause
from rubrics.verdict import Reading

LOOKS = 2
"""Replies in which a form must be missing before it counts as missing: one reply may be garbage."""
TRIES = 3
"""Errors in answer to one form, and to no other, before it counts as missing."""

_SAYS_NOTHING = frozenset({Cause.JUDGE_ERROR, Cause.JUDGE_GARBLED, Cause.JUDGE_REFUSED})
_THOUGHT = ("<think", "<|channel", "<reason")

Shown = Callable[[Reply], bool]
"""Whether a reply shows that its form is served."""


async def probe(backend: Backend, *, thorough: bool = False, timeout_s: float = 60.0) -> Capabilities:
    """Find out what `backend` can do, from a few real requests, one after another.

    Without `thorough` it stops as soon as the best way to ask for verdicts is known: after one request where
    there are log-probabilities. `timeout_s` bounds each request. Raises BackendError where a plain question
    is not answered either, and for what may pass (no connection, a time-out, 429), which says nothing about
    what the endpoint can do: ask again later.
    """
    return await _Probing(backend, timeout_s).run(thorough)


class _Probing:
    """One probing. Each method asks about one thing and adds what it found."""

    def __init__(self, backend: Backend, timeout_s: float) -> None:
        self._backend = backend
        self._timeout_s = timeout_s
        self._found = Capabilities()
        self._replies: list[Reply] = []
        self._fastest = math.inf

    async def run(self, thorough: bool) -> Capabilities:
        await self._token()
        for form in ("choice", "json"):
            if thorough or best_form(self._found) == "text":
                await self._constrained(form)
        if best_form(self._found) == "text":
            await self._plain()
        if thorough:
            await self._accuracy()
            await self._prefix_cache()
        return self._described()

    async def _token(self) -> None:
        if await self._served(CANARIES[0][0], _has_logprobs):
            count = len(self._replies[-1].alternatives or ())
            self._found = replace(self._found, logprobs=count)

    async def _constrained(self, form: Form) -> None:
        def obeyed(reply: Reply) -> bool:
            return isinstance(read(reply, ODD, form), Reading)

        served = await self._served(asked_as(ODD_CANARY, form), obeyed)
        self._found = replace(self._found, **{form: served})

    async def _plain(self) -> None:
        """Make sure that a plain question is answered. Raises BackendError."""
        await self._ask(asked_as(CANARIES[0][0], "text"))

    async def _accuracy(self) -> None:
        form = best_form(self._found)
        chances = [await self._chance(asked_as(request, form), right) for request, right in CANARIES]
        self._found = replace(self._found, chances=tuple(chances))

    async def _chance(self, request: Request, right: str) -> float | None:
        try:
            reading = read(await self._ask(request), request.choices, request.form)
        except BackendError as error:
            if error.cause not in _SAYS_NOTHING:
                raise
            return None
        return reading.choices[right] if isinstance(reading, Reading) else None

    async def _prefix_cache(self) -> None:
        """Send a long beginning twice. An endpoint with too little room for it has shown nothing."""
        try:
            for request in long_canaries():
                usage = (await self._ask(asked_as(request, best_form(self._found)))).usage
        except BackendError as error:
            if error.cause != Cause.JUDGE_REJECTED:
                raise
            return
        self._found = replace(self._found, repeated=usage.prompt, cached=usage.cached)

    async def _served(self, request: Request, shown: Shown) -> bool:
        """Whether a form is served: one reply can show that it is, but not that it is not."""
        looks = errors = 0
        while looks < LOOKS and errors < TRIES:
            try:
                if shown(await self._ask(request)):
                    return True
                looks += 1
            except BackendError as error:
                if error.cause == Cause.JUDGE_REJECTED:
                    return False
                if error.cause not in _SAYS_NOTHING:
                    raise
                errors += 1
                await self._plain()  # or it is not the form that does not work
        return False

    async def _ask(self, request: Request) -> Reply:
        started = clock.now()
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._backend(request)
        except TimeoutError:
            detail = f"no reply within {self._timeout_s:g} s"
            raise BackendError(Cause.JUDGE_TIMEOUT, detail, retryable=True) from None
        self._fastest = min(self._fastest, clock.now() - started)
        self._replies.append(reply)
        return reply

    def _described(self) -> Capabilities:
        replies = self._replies
        return replace(
            self._found,
            echoes=all(reply.echoes for reply in replies),
            usage=all(reply.usage.prompt > 0 for reply in replies),
            thinks=any(_thinks(reply) for reply in replies),
            model=replies[0].model,
            seconds=self._fastest,
        )


def _has_logprobs(reply: Reply) -> bool:
    found = reply.alternatives or []
    return len(found) >= LEAST_LOGPROBS and plausible([logprob for _, logprob in found])


def _thinks(reply: Reply) -> bool:
    """Whether a reply begins with a thought: one that shows, or one that used up the tokens out of sight."""
    likeliest = max(reply.alternatives or [("", 0.0)], key=lambda each: each[1])[0]
    hidden = reply.truncated and not reply.text and not reply.alternatives
    return hidden or f"{likeliest} {reply.text}".lstrip().startswith(_THOUGHT)
