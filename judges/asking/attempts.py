"""One question's way through a fleet: attempts, each read at once, and what their failures come to."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Generic, TypeVar

from judges import clock
from judges.backend import Backend, BackendError
from judges.call import Call
from judges.caller import Caller
from judges.engine.fleet import Fleet
from judges.engine.job import Answer, Job
from judges.engine.replica import Replica
from judges.observer import Observer
from judges.readout.reply import read
from judges.request import UNKNOWN_USAGE, Reply, Request
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.problems import ConfigError
from rubrics.verdict import Reading

Work = Callable[[Replica], Coroutine[None, None, Answer]]
Read = TypeVar("Read")
Reader = Callable[[Reply, Request], Read]
"""Reads a reply. Raises UnusableReplyError for one that has to be asked for again."""

LONGEST = 400
"""Characters of a mistake in the configuration that are told."""
BYTES_PER_TOKEN = 4
"""A rough guess, for limits on tokens a minute; what a reply says of its usage corrects it."""


class UnusableReplyError(BackendError):
    """A reply that arrived whole and holds no verdict: the model's doing, not the network's."""


class Asking:
    """What all questions to a judge have in common."""

    def __init__(
        self, fleet: Fleet, retries: Retries, timeout_s: float, observer: Observer, name: str = ""
    ) -> None:
        self.name = name
        """The judge's name in the reward file."""
        self.fleet = fleet
        self.timeout_s = timeout_s
        self.observer = observer
        self._retries = retries

    def ask(self, request: Request, caller: Caller) -> Coroutine[None, None, Reading | Unscored]:
        """The reading, or an abstention. Raises BackendError."""
        return self.read(request, caller, read_verdict)

    async def read(self, request: Request, caller: Caller, reader: Reader[Read]) -> Read | Unscored:
        """What `reader` makes of the reply, or `content_breaks_judge`. Raises BackendError."""
        self._retries.budget.earn()
        question = Question(self, request, caller, reader)
        try:
            return await question.attempt()
        except BackendError as error:
            failure = error
        try:
            return await self._retries.after(failure, question.attempt, question.retried)
        except UnusableReplyError as last:
            return question.blamed(failure, last)

    async def persist(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make an attempt, and again under the same rules as a question. Raises BackendError."""
        try:
            return await attempt()
        except BackendError as error:
            return await self._retries.after(error, attempt, self.observer.retried)

    async def send(self, request: Request, caller: Caller) -> Reply:
        """One attempt at a request, on whichever replica takes it; the reply unread. Raises BackendError."""

        async def work(replica: Replica) -> Reply:
            return await self.reply(replica, request)

        return await self.fleet.run(job(work, request, caller))

    async def reply(self, replica: Replica, request: Request) -> Reply:
        """One attempt, in its time. Raises BackendError."""
        started = clock.now()
        backend = _opened(replica)
        try:
            async with asyncio.timeout(self.timeout_s):
                reply = await backend(request)
        except TimeoutError:
            detail = f"no reply within {self.timeout_s:g} s"
            raise BackendError(Cause.JUDGE_TIMEOUT, detail, retryable=True) from None
        except BackendError:
            raise
        except Exception as error:  # a backend may be anyone's code
            raise BackendError(Cause.JUDGE_ERROR, f"the backend raised {type(error).__name__}") from error
        self.observer.replied(reply.usage, clock.now() - started)
        return reply


class Question(Generic[Read]):
    """One question under way, and where it has failed."""

    __slots__ = ("_asking", "_caller", "_job", "_reader", "_request", "_tried")

    def __init__(self, asking: Asking, request: Request, caller: Caller, reader: Reader[Read]) -> None:
        self._asking = asking
        self._request = request
        self._caller = caller
        self._reader = reader
        self._tried: set[Replica] = set()
        self._job = job(self._work, request, caller)

    async def attempt(self) -> Read:
        """Ask on a replica that has not failed this question yet, where there is one. Raises BackendError."""
        return await self._asking.fleet.run(self._job, self._tried)

    def retried(self, cause: Cause) -> None:
        """Count an attempt that will be made again."""
        self._caller.tally.retried += 1
        self._asking.observer.retried(cause)

    def blamed(self, first: BackendError, last: UnusableReplyError) -> Unscored:
        """Whose fault unusable replies are: the text's, where it broke judges that work. Raises `last`."""
        twice = last is not first and isinstance(first, UnusableReplyError)
        if twice and all(replica.health.usable for replica in self._tried):
            return Unscored(Cause.CONTENT_BREAKS_JUDGE, f"twice, the last time {last}")
        raise last

    async def _work(self, replica: Replica) -> Read:
        started, reply = clock.now(), None
        try:
            reply = await self._asking.reply(replica, self._request)
            replied = clock.now()
            self._caller.tally.judge_s += replied - started
            outcome = self._reader(reply, self._request)
        except BackendError as error:
            self._tried.add(replica)
            self._record(replica, started, reply, error)
            raise
        self._caller.tally.parse_s += clock.now() - replied
        self._record(replica, started, reply)
        self._note(replica, reply, outcome)
        return outcome

    def _record(
        self, replica: Replica, started: float, reply: Reply | None, failure: BackendError | None = None
    ) -> None:
        if self._caller.calls is None:
            return
        self._caller.calls.append(
            Call(
                name=self._request.id,
                how="called",
                started=started,
                digest=self._request.digest,
                judge=self._asking.name,
                replica=replica.name,
                seconds=clock.now() - started,
                usage=UNKNOWN_USAGE if reply is None else reply.usage,
                text="" if reply is None else reply.text,
                cause=None if failure is None else failure.cause,
            )
        )

    def _note(self, replica: Replica, reply: Reply, outcome: Read) -> None:
        if isinstance(outcome, Reading):
            replica.health.said(outcome.choices[self._request.choices[0]], self._request.prompt.shared.digest)
        if replica.rates is not None and reply.usage.prompt:
            replica.rates.correct(reply.usage.prompt + reply.usage.completion - self._job.tokens)


def job(work: Work[Answer], request: Request, caller: Caller) -> Job[Answer]:
    """What the fleet needs to know about a request."""
    shared = request.prompt.shared
    said = sum(len(message["content"]) for message in request.follow_up)
    size = len(shared.evidence) + len(shared.system) + len(request.prompt.question) + said
    tokens = size // BYTES_PER_TOKEN + request.max_tokens
    return Job(work, caller, shared.route, shared.digest, size, tokens)


def _opened(replica: Replica) -> Backend:
    try:
        return replica.backend
    except Exception as error:
        told = (
            str(error)[:LONGEST] if isinstance(error, ConfigError) else f"{type(error).__name__} was raised"
        )
        detail = f"the backend could not be opened: {told}"
        raise BackendError(Cause.JUDGE_ERROR, detail, retryable=True) from error


def read_verdict(reply: Reply, request: Request) -> Reading | Unscored:
    """The reading, or an abstention. Raises UnusableReplyError for a reply without a verdict."""
    outcome = read(reply, request.choices, request.form)
    if isinstance(outcome, Unscored) and outcome.cause != Cause.JUDGE_ABSTAINED:
        raise unusable(outcome)
    return outcome


def unusable(why: Unscored) -> UnusableReplyError:
    """The error for a reply that could be read, but says nothing."""
    return UnusableReplyError(why.cause, why.detail or "", retryable=True)
