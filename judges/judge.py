"""A judge: questions in, readings out, over any backend.

    ask -> the same question in flight? -> known from before? -> a replica -> its reply, read

Every question ends as a `Reading` or as `Unscored` with its cause; nothing but cancellation is raised.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from copy import copy
from functools import partial
from hashlib import blake2b
from typing import Any, Self, TypeVar

import msgspec

from judges import caller as callers
from judges import clock
from judges.asking.attempts import Asking
from judges.asking.course import PLAIN, Course
from judges.asking.endpoint import Endpoint
from judges.asking.questions import Questions
from judges.backend import Backend, BackendError, Endpoints, JudgeOptions
from judges.cache.cache import VerdictCache
from judges.cache.options import open_cache
from judges.caller import Caller
from judges.deadline import remaining
from judges.engine.fleet import Fleet
from judges.engine.job import FleetOptions
from judges.engine.watch import Watch
from judges.judge_status import JudgeStatus
from judges.observer import Observer, Unobserved
from judges.request import Form, Menus, Prompt
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.rubric import PromptLayout
from rubrics.verdict import Reading

LEAST_IN_LINE = 64
"""So many calls of one caller are in line, at least, before its next rollout has to wait for its turn."""

Answer = TypeVar("Answer")


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
        name: str = "",
        discover: Callable[[], Awaitable[Endpoints | None]] | None = None,
    ) -> None:
        """`verdict` None: probe the endpoint first. `identity` stands for the judge in the cache's keys."""
        endpoints = backend if isinstance(backend, Mapping) else {"": lambda: backend}
        self.layout = layout
        self._observer = observer or Unobserved()
        self._fleet = Fleet(endpoints, limits)
        self._asking = Asking(self._fleet, retries or Retries(), timeout_s, self._observer, name)
        self._endpoint = Endpoint(self._asking, verdict)
        self._watch = Watch(self._fleet, self._endpoint.fit, self._observer, discover)
        self._fleet.watcher = self._watch
        self._questions = Questions(self._asking, self._endpoint, cache, identity, reasons)
        self._nobody = Caller(math.inf)

    @classmethod
    def of(cls, options: JudgeOptions, observer: Observer | None = None, name: str = "") -> Self:
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
            name=name,
            discover=options.discover,
        )

    @property
    def forgetful(self) -> Self:
        """The same judge, in the same line: asks everything anew, keeps nothing, and counts no questions.

        It lives as long as this one, and is not closed.
        """
        other = copy(self)
        other._observer = Unobserved()  # noqa: SLF001 - a copy of self
        other._questions = Questions(self._asking, self._endpoint)  # noqa: SLF001
        return other

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

    def ask(
        self, prompt: Prompt, choices: Sequence[str], name: str = "", sample: int = 0, course: Course = PLAIN
    ) -> Coroutine[None, None, Reading | Unscored]:
        """Put one question; `name` is for traces. Takes at most what is left of the deadline.

        `sample` tells several votes on one question apart. `course` says which calls lead to the vote.
        """
        caller = callers.current() or self._nobody
        offered = tuple(choices)
        return self._asked(
            caller, partial(self._questions.answer, prompt, offered, name, sample, course, caller)
        )

    async def ask_together(
        self, prompt: Prompt, menus: Menus, name: str = "", sample: int = 0
    ) -> Sequence[Reading | Unscored]:
        """Put several statements in one question: an outcome for each, in their order."""
        caller = callers.current() or self._nobody
        found = await self._asked(
            caller, partial(self._questions.answers, prompt, menus, name, sample, caller)
        )
        return [found] * len(menus) if isinstance(found, Unscored) else found

    def voted(self, distance: float) -> None:
        """Tell the observer how far one of its votes lies from the finding that it was counted into."""
        self._observer.voted(distance)

    async def aclose(self) -> None:
        """Close the replicas and the cache."""
        await self._endpoint.aclose()
        await self._watch.aclose()
        await self._fleet.aclose()
        await self._questions.aclose()

    # -- one question --------------------------------------------------------------------------------

    async def _asked(self, caller: Caller, answer: Callable[[], Awaitable[Answer]]) -> Answer | Unscored:
        if not caller.may_ask():
            return Unscored(Cause.COMPONENT_ERROR, callers.NOT_ASKED)
        started = clock.now()
        caller.tally.questions += 1
        outcome = await _in_time(answer)
        told = outcome.cause if isinstance(outcome, Unscored) else "verdict"
        self._observer.answered(told, clock.now() - started)
        return outcome


async def _in_time(answer: Callable[[], Awaitable[Answer]]) -> Answer | Unscored:
    left = remaining()
    if left <= 0:
        return Unscored(Cause.DEADLINE, "the deadline had passed before the judge was asked")
    try:
        if math.isinf(left):
            return await answer()
        async with asyncio.timeout(left):
            return await answer()
    except TimeoutError:
        return Unscored(Cause.DEADLINE, "the deadline passed before the judge had answered")
    except BackendError as error:
        return Unscored(error.cause, error.detail)
    except UnicodeEncodeError:
        return Unscored(Cause.JUDGE_REJECTED, "the prompt holds a lone surrogate")


def _digest(options: JudgeOptions) -> bytes:
    """16 bytes that stand for a judge in the keys of its verdicts."""
    kind = f"{type(options).__module__}:{type(options).__qualname__}"
    content: Any = [kind, options.identity(), options.place()]
    return blake2b(msgspec.json.encode(content, order="deterministic"), digest_size=16).digest()
