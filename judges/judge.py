"""A judge: questions in, readings out, over any backend.

    ask -> the same question in flight? -> known from before? -> a replica -> its reply, read

Every question ends as a `Reading` or as `Unscored` with its cause; nothing but cancellation is raised.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from hashlib import blake2b
from typing import Any, Self

import msgspec

from judges import caller as callers
from judges import clock, reasons
from judges.asking import Asking
from judges.backend import Backend, BackendError, Endpoints, JudgeOptions
from judges.cache.cache import VerdictCache
from judges.cache.key import call_key
from judges.cache.once import Once
from judges.cache.options import open_cache
from judges.caller import Caller
from judges.deadline import remaining
from judges.endpoint import Endpoint
from judges.engine.fleet import Fleet
from judges.engine.job import FleetOptions
from judges.engine.watch import Watch
from judges.judge_status import JudgeStatus
from judges.observer import Observer, Unobserved
from judges.request import MAX_TOKENS, Form, Prompt, Request
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.rubric import PromptLayout
from rubrics.verdict import Reading

LEAST_IN_LINE = 64
"""So many calls of one caller are in line, at least, before its next rollout has to wait for its turn."""
SPARED_S = 0.05
"""A reason that has not come so long before the deadline is done without: the verdict is there."""


class Judge:
    """Asks the replicas of one judge."""

    def __init__(
        self,
        backend: Backend | Endpoints,
        *,
        limits: FleetOptions | None = None,
        timeout_s: float = 60.0,
        verdict: Form | None = "token",
        layout: PromptLayout = "criterion_last",
        reasons: float = 0.0,
        cache: VerdictCache | None = None,
        identity: bytes = b"",
        retries: Retries | None = None,
        observer: Observer | None = None,
        discover: Callable[[], Awaitable[Endpoints | None]] | None = None,
    ) -> None:
        """`verdict` None: probe the endpoint first. `identity` stands for the judge in the cache's keys."""
        endpoints = backend if isinstance(backend, Mapping) else {"": lambda: backend}
        self.layout = layout
        self._observer = observer or Unobserved()
        self._fleet = Fleet(endpoints, limits)
        self._asking = Asking(self._fleet, retries or Retries(), timeout_s, self._observer)
        self._endpoint = Endpoint(self._asking, verdict)
        self._watch = Watch(self._fleet, self._endpoint.fit, self._observer, discover)
        self._fleet.watcher = self._watch
        self._reasons = reasons
        self._cache = cache
        self._identity = identity
        self._once = Once()
        self._nobody = Caller(math.inf)

    @classmethod
    def of(cls, options: JudgeOptions, observer: Observer | None = None) -> Self:
        """Open the judge that a reward file describes. Raises ConfigError."""
        requests, tokens = options.rates()
        limits = FleetOptions(
            ceiling=options.max_concurrency,
            requests_per_minute=requests,
            tokens_per_minute=tokens,
            hedged=options.hedged,
            max_waiting=options.max_waiting,
        )
        return cls(
            options.endpoints(),
            limits=limits,
            timeout_s=options.timeout_s,
            verdict=options.known_form(),
            layout=options.layout,
            reasons=options.reasons,
            cache=open_cache(options.cache),
            identity=_digest(options),
            retries=Retries(options.attempts),
            observer=observer,
            discover=options.discover,
        )

    @property
    def full(self) -> bool:
        """Whether its queue is full, so that further questions are refused."""
        return self._fleet.slots.full

    def taking_up(self) -> AbstractAsyncContextManager[None]:
        """Stand around the judging of one rollout; begins when its caller has few calls in line."""
        most = max(LEAST_IN_LINE, self._fleet.slots.limit)
        return (callers.current() or self._nobody).taking_up(most)

    def status(self) -> JudgeStatus:
        """What can be told about it."""
        replicas = [replica.status() for replica in self._fleet.replicas]
        return JudgeStatus(form=self._endpoint.form, waiting=self._fleet.slots.waiting, replicas=replicas)

    async def ask(self, prompt: Prompt, choices: Sequence[str], name: str = "") -> Reading | Unscored:
        """Put one question; `name` is for traces. Takes at most what is left of the deadline."""
        started = clock.now()
        caller = callers.current() or self._nobody
        caller.tally.questions += 1
        outcome = await self._in_time(prompt, tuple(choices), name, caller)
        told = outcome.cause if isinstance(outcome, Unscored) else "verdict"
        self._observer.answered(told, clock.now() - started)
        return outcome

    async def aclose(self) -> None:
        """Close the replicas and the cache."""
        await self._endpoint.aclose()
        await self._watch.aclose()
        await self._fleet.aclose()
        if self._cache is not None:
            await self._cache.aclose()

    # -- one question --------------------------------------------------------------------------------

    async def _in_time(
        self, prompt: Prompt, choices: tuple[str, ...], name: str, caller: Caller
    ) -> Reading | Unscored:
        left = remaining()
        if left <= 0:
            return Unscored(Cause.DEADLINE, "the deadline had passed before the judge was asked")
        try:
            if math.isinf(left):
                return await self._answer(prompt, choices, name, caller)
            async with asyncio.timeout(left):
                return await self._answer(prompt, choices, name, caller)
        except TimeoutError:
            return Unscored(Cause.DEADLINE, "the deadline passed before the judge had answered")
        except BackendError as error:
            return Unscored(error.cause, error.detail)
        except UnicodeEncodeError:
            return Unscored(Cause.JUDGE_REJECTED, "the prompt holds a lone surrogate")

    async def _answer(
        self, prompt: Prompt, choices: tuple[str, ...], name: str, caller: Caller
    ) -> Reading | Unscored:
        form = self._endpoint.form or await self._endpoint.probed()
        started = clock.now()
        request = Request(prompt, choices, name, form, MAX_TOKENS[form])
        key = call_key(self._identity, request)
        caller.tally.render_s += clock.now() - started
        if key in self._once:
            caller.tally.joined += 1
            self._observer.spared("joined")
        return await self._once(key, partial(self._known_or_asked, key, request, caller))

    async def _known_or_asked(self, key: bytes, request: Request, caller: Caller) -> Reading | Unscored:
        known = None if self._cache is None else await self._cache.get(key)
        if known is not None and known.choices.keys() == set(request.choices):
            caller.tally.cached += 1
            self._observer.spared("cached")
            return known
        outcome = await self._asking.ask(request, caller)
        if isinstance(outcome, Unscored):
            return outcome
        if self._cache is not None:
            self._cache.put(key, outcome)
        return await self._explained(key, request, caller, outcome)

    async def _explained(self, key: bytes, request: Request, caller: Caller, found: Reading) -> Reading:
        """The reading, with the judge's reason where this one is to be explained and there is time for it."""
        left = remaining() - SPARED_S
        if left <= 0 or not reasons.chosen(key, self._reasons):
            return found
        answer = max(request.choices, key=lambda choice: found.choices[choice])
        why = reasons.why(request, answer)
        try:
            async with asyncio.timeout(None if math.isinf(left) else left):
                reply = await self._asking.send(why, caller)
        except (BackendError, TimeoutError):
            return found
        return Reading(found.choices, reasons.reason(reply.text))


def _digest(options: JudgeOptions) -> bytes:
    """16 bytes that stand for a judge in the keys of its verdicts."""
    kind = f"{type(options).__module__}:{type(options).__qualname__}"
    content: Any = [kind, options.identity(), options.place()]
    return blake2b(msgspec.json.encode(content, order="deterministic"), digest_size=16).digest()
