"""A judge: questions in, readings out, over any backend. All that waits, fails and is tried again is here.

Every question ends as a `Reading` or as `Unscored` with its cause; nothing but cancellation is raised.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Literal, Protocol

from judges.backend import Backend, BackendError, JudgeOptions, Messages, Reply, Request, Usage
from judges.deadline import remaining
from judges.readout import read
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading

TEXT_TOKENS = 16
"""Room for a verdict in text: enough to see that more follows a choice than punctuation."""


class Observer(Protocol):
    """Told what a judge does, for metrics. Must not block."""

    def answered(self, outcome: str, seconds: float) -> None:
        """Count a question that ended as `verdict` or as a cause; `seconds` include its time in the queue."""

    def replied(self, usage: Usage, seconds: float) -> None:
        """Count one reply of the backend, `seconds` after the attempt began."""

    def retried(self, cause: Cause) -> None:
        """Count an attempt that failed with `cause` and will be made again."""


class Unobserved:
    """An observer that looks away."""

    def answered(self, outcome: str, seconds: float) -> None: ...

    def replied(self, usage: Usage, seconds: float) -> None: ...

    def retried(self, cause: Cause) -> None: ...


class UnusableReplyError(BackendError):
    """A reply that arrived whole and holds no verdict: the model's doing, not the network's."""


class Judge:
    """Asks a backend, a bounded number of questions at a time."""

    def __init__(
        self,
        backend: Backend,
        *,
        max_concurrency: int = 256,
        timeout_s: float = 60.0,
        verdict: Literal["token", "text"] = "token",
        retries: Retries | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._backend = backend
        self._slots = asyncio.Semaphore(max_concurrency)
        self._timeout_s = timeout_s
        self._token = verdict == "token"
        self._retries = retries or Retries()
        self._observer = observer or Unobserved()
        self._health = Health()
        self._tells_logprobs = False

    @classmethod
    def of(cls, options: JudgeOptions, observer: Observer | None = None) -> "Judge":
        """Open the judge that a reward file describes. Raises ConfigError."""
        return cls(
            options.open(),
            max_concurrency=options.max_concurrency,
            timeout_s=options.timeout_s,
            verdict=options.verdict,
            retries=Retries(options.attempts),
            observer=observer,
        )

    async def ask(self, messages: Messages, choices: Sequence[str], name: str = "") -> Reading | Unscored:
        """Put one question; `name` is for traces. Takes at most what is left of the deadline."""
        started = time.monotonic()
        max_tokens = 1 if self._token else TEXT_TOKENS
        outcome = await self._in_time(Request(messages, tuple(choices), name, max_tokens, self._token))
        seconds = time.monotonic() - started
        self._observer.answered(outcome.cause if isinstance(outcome, Unscored) else "verdict", seconds)
        return outcome

    async def aclose(self) -> None:
        """Close the backend."""
        await self._backend.aclose()

    async def _in_time(self, request: Request) -> Reading | Unscored:
        left = remaining()
        if left <= 0:
            return Unscored(Cause.DEADLINE, "the deadline had passed before the judge was asked")
        try:
            async with asyncio.timeout(None if math.isinf(left) else left), self._slots:
                return await self._answer(request)
        except TimeoutError:
            return Unscored(Cause.DEADLINE, "the deadline passed before the judge had answered")
        except BackendError as error:
            return Unscored(error.cause, error.detail)

    async def _answer(self, request: Request) -> Reading | Unscored:
        self._retries.budget.earn()
        try:
            return await self._attempt(request)
        except BackendError as error:
            failure = error
        try:
            return await self._retries.after(failure, partial(self._attempt, request), self._observer.retried)
        except UnusableReplyError as last:
            unusable_twice = last is not failure and isinstance(failure, UnusableReplyError)
            if unusable_twice and self._health.good:
                return Unscored(Cause.CONTENT_BREAKS_JUDGE, f"twice, the last time {last}")
            raise

    async def _attempt(self, request: Request) -> Reading | Unscored:
        try:
            outcome = self._read(await self._reply(request), request)
        except BackendError:
            self._health.note(usable=False)
            raise
        self._health.note(usable=True)
        return outcome

    async def _reply(self, request: Request) -> Reply:
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._backend(request)
        except TimeoutError:
            raise BackendError(
                Cause.JUDGE_TIMEOUT, f"no reply within {self._timeout_s:g} s", retryable=True
            ) from None
        except BackendError:
            raise
        except Exception as error:  # a backend may be anyone's code
            raise BackendError(Cause.JUDGE_ERROR, f"the backend raised {type(error).__name__}") from error
        self._observer.replied(reply.usage, time.monotonic() - started)
        return reply

    def _read(self, reply: Reply, request: Request) -> Reading | Unscored:
        outcome = read(reply, request.choices)
        if reply.alternatives:
            self._tells_logprobs = True
        elif request.logprobs and self._tells_logprobs and isinstance(outcome, Reading):
            # A certain 1 in place of a probability would be a different reward for the same verdict.
            outcome = Unscored(Cause.JUDGE_GARBLED, "no log-probabilities, unlike earlier replies")
        if isinstance(outcome, Unscored) and outcome.cause != Cause.JUDGE_ABSTAINED:
            raise UnusableReplyError(outcome.cause, outcome.detail or "", retryable=True)
        return outcome


class Health:
    """Whether a judge that fails on one text works on others: three quarters of its last 32 attempts did."""

    LAST, LEAST, SHARE = 32, 8, 0.75

    def __init__(self) -> None:
        self._usable: deque[bool] = deque(maxlen=self.LAST)

    def note(self, *, usable: bool) -> None:
        """Remember how an attempt ended."""
        self._usable.append(usable)

    @property
    def good(self) -> bool:
        """False also while there is too little to go by."""
        return len(self._usable) >= self.LEAST and sum(self._usable) >= self.SHARE * len(self._usable)
