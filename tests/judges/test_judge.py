"""A judge over a scripted backend: what is retried, what is read, and what each failure is called."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from judges.backend import BackendError
from judges.backends.scripted import Script, ScriptedBackend, answer, distribution, in_turn, text
from judges.cache.options import CacheOptions, open_cache
from judges.deadline import within
from judges.engine.job import FleetOptions
from judges.judge import Judge
from judges.observer import Unobserved
from judges.request import Prompt, Reply, Request, Shared, Usage
from judges.retry import Budget, Retries
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading


def prompt(text: str = "a text") -> Prompt:
    return Prompt(
        Shared("system", f"{text}\n\n"), "Criterion: it holds\nAnswer with exactly one of: yes, no."
    )


PROMPT = prompt()
YES_NO = ("yes", "no")
YES = answer("yes", 0.9)
GARBAGE = text("blorf")
REFUSAL = Reply("", refusal="I can't help with that.")
DOWN = BackendError(Cause.JUDGE_UNREACHABLE, "no connection", retryable=True)
REJECTED = BackendError(Cause.JUDGE_REJECTED, "HTTP 404: no such model")


class Ledger(Unobserved):
    """An observer that writes everything down."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.usages: list[Usage] = []
        self.retries: list[Cause] = []

    def answered(self, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.answers.append(outcome)

    def replied(self, usage: Usage, seconds: float) -> None:  # noqa: ARG002
        self.usages.append(usage)

    def retried(self, cause: Cause) -> None:
        self.retries.append(cause)


async def no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


def judge_with(backend: ScriptedBackend, ledger: Ledger | None = None, **other: object) -> Judge:
    return Judge(backend, retries=Retries(sleep=no_sleep), observer=ledger, **other)  # type: ignore[arg-type]


async def asked(*steps: Reply | BackendError) -> tuple[Reading | Unscored, Ledger]:
    ledger = Ledger()
    outcome = await judge_with(ScriptedBackend(in_turn(*steps)), ledger).ask(PROMPT, YES_NO)
    assert ledger.answers == [outcome.cause if isinstance(outcome, Unscored) else "verdict"]
    return outcome, ledger


async def test_a_verdict_is_read_and_counted() -> None:
    outcome, ledger = await asked(YES)
    assert isinstance(outcome, Reading)
    assert outcome.choices == pytest.approx({"yes": 0.9, "no": 0.1})
    assert ledger.usages == [Usage(completion=1)]
    assert ledger.retries == []


async def test_the_request_holds_what_the_verdict_needs() -> None:
    backend = ScriptedBackend(lambda _: text("yes"))
    await judge_with(backend).ask(PROMPT, YES_NO, "r1/clear")
    await judge_with(backend, verdict="text").ask(PROMPT, YES_NO)
    assert backend.requests[0] == Request(PROMPT, YES_NO, "r1/clear", "token", 1)
    assert backend.requests[-1] == Request(PROMPT, YES_NO, "", "text", 16)


@pytest.mark.parametrize(
    ("steps", "cause", "retries"),
    [
        ([DOWN, YES], None, [Cause.JUDGE_UNREACHABLE]),
        ([DOWN, DOWN, YES], None, [Cause.JUDGE_UNREACHABLE] * 2),
        ([DOWN, DOWN, DOWN], Cause.JUDGE_UNREACHABLE, [Cause.JUDGE_UNREACHABLE] * 2),
        ([REJECTED], Cause.JUDGE_REJECTED, []),
        ([DOWN, REJECTED], Cause.JUDGE_REJECTED, [Cause.JUDGE_UNREACHABLE]),
        ([GARBAGE, YES], None, [Cause.JUDGE_GARBLED]),
        ([GARBAGE, GARBAGE], Cause.JUDGE_GARBLED, [Cause.JUDGE_GARBLED]),
        ([DOWN, GARBAGE, GARBAGE], Cause.JUDGE_GARBLED, [Cause.JUDGE_UNREACHABLE, Cause.JUDGE_GARBLED]),
        ([REFUSAL, REFUSAL], Cause.JUDGE_REFUSED, [Cause.JUDGE_REFUSED]),
        ([GARBAGE, REFUSAL], Cause.JUDGE_REFUSED, [Cause.JUDGE_GARBLED]),
        ([distribution({"Hmm": 0.7, "yes": 0.3})], Cause.JUDGE_ABSTAINED, []),
    ],
)
async def test_p15_what_is_retried_and_how_often(
    steps: Sequence[Reply | BackendError], cause: Cause | None, retries: list[Cause]
) -> None:
    outcome, ledger = await asked(*steps)
    assert (outcome.cause if isinstance(outcome, Unscored) else None) == cause
    assert ledger.retries == retries


async def test_the_detail_of_a_failure_is_kept() -> None:
    outcome, _ = await asked(REJECTED)
    assert outcome == Unscored(Cause.JUDGE_REJECTED, "HTTP 404: no such model")


async def test_a_backends_bug_has_a_cause_and_is_not_retried() -> None:
    def broken(_: Request) -> Reply:
        raise KeyError("choices")

    backend = ScriptedBackend(broken)
    assert await judge_with(backend).ask(PROMPT, YES_NO) == Unscored(
        Cause.JUDGE_ERROR, "the backend raised KeyError"
    )
    assert len(backend.requests) == 1


@pytest.mark.parametrize(
    ("verdict", "reply"), [("token", "yes"), ("json", "yes"), ("text", '{"verdict": "yes"}')]
)
async def test_a_reply_in_another_form_than_asked_for_is_no_verdict(verdict: str, reply: str) -> None:
    judge = judge_with(ScriptedBackend(lambda _: text(reply)), verdict=verdict)
    outcome = await judge.ask(PROMPT, YES_NO)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.JUDGE_GARBLED


def breaks_on(words: str, *, healthy: bool = True) -> Script:
    def script(request: Request) -> Reply:
        return GARBAGE if words in request.messages[1]["content"] or not healthy else YES

    return script


async def test_p03_content_is_blamed_only_where_the_judge_works_on_other_content() -> None:
    judge = judge_with(ScriptedBackend(breaks_on("poison")))
    poison = prompt("poison")
    early = await judge.ask(poison, YES_NO)
    assert isinstance(early, Unscored)
    assert early.cause == Cause.JUDGE_GARBLED  # nothing is known of this judge yet
    for _ in range(20):
        assert isinstance(await judge.ask(PROMPT, YES_NO), Reading)
    late = await judge.ask(poison, YES_NO)
    assert isinstance(late, Unscored)
    assert late.cause == Cause.CONTENT_BREAKS_JUDGE


async def test_p03_a_babbling_judge_is_not_the_contents_fault() -> None:
    judge = judge_with(ScriptedBackend(breaks_on("", healthy=False)))
    outcomes = [await judge.ask(PROMPT, YES_NO) for _ in range(30)]
    assert {outcome.cause for outcome in outcomes if isinstance(outcome, Unscored)} == {Cause.JUDGE_GARBLED}


async def test_p03_one_unusable_reply_is_not_enough_to_blame_the_content() -> None:
    health = [YES] * 20
    judge = judge_with(ScriptedBackend(in_turn(*health, GARBAGE, DOWN, DOWN)))
    for _ in health:
        await judge.ask(PROMPT, YES_NO)
    outcome = await judge.ask(PROMPT, YES_NO)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.JUDGE_UNREACHABLE


class Gauge:
    """A backend that holds every call until it is let go, and knows how many it holds."""

    def __init__(self) -> None:
        self.now = self.most = self.cancelled = 0
        self.go = asyncio.Event()

    async def __call__(self, request: Request) -> Reply:  # noqa: ARG002
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.now -= 1
        return YES

    async def aclose(self) -> None: ...


async def test_concurrency_is_bounded() -> None:
    gauge = Gauge()
    judge = Judge(gauge, limits=FleetOptions(ceiling=3))
    calls = [asyncio.create_task(judge.ask(prompt(str(n)), YES_NO)) for n in range(10)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert gauge.now == 3
    gauge.go.set()
    assert all(isinstance(outcome, Reading) for outcome in await asyncio.gather(*calls))
    assert gauge.most == 3


@pytest.mark.quiet
async def test_p12_a_deadline_ends_the_call_and_those_that_wait_for_a_slot() -> None:
    gauge = Gauge()
    judge = Judge(gauge, limits=FleetOptions(ceiling=1))
    started = time.monotonic()
    with within(0.1):
        outcomes = await asyncio.gather(*(judge.ask(prompt(str(n)), YES_NO) for n in range(5)))
    assert time.monotonic() - started < 0.35
    assert {outcome.cause for outcome in outcomes if isinstance(outcome, Unscored)} == {Cause.DEADLINE}
    assert (gauge.now, gauge.cancelled) == (0, 1)
    gauge.go.set()
    assert isinstance(await judge.ask(PROMPT, YES_NO), Reading)


async def test_p12_a_deadline_that_has_passed_costs_no_call() -> None:
    backend = ScriptedBackend(lambda _: YES)
    with within(-1.0):
        outcome = await judge_with(backend).ask(PROMPT, YES_NO)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.DEADLINE
    assert not backend.requests


async def test_a_calls_own_limit_is_the_judges_timeout_and_is_retried() -> None:
    gauge, ledger = Gauge(), Ledger()
    judge = Judge(gauge, timeout_s=0.02, retries=Retries(sleep=no_sleep), observer=ledger)
    outcome = await judge.ask(PROMPT, YES_NO)
    assert outcome == Unscored(Cause.JUDGE_TIMEOUT, "no reply within 0.02 s")
    assert gauge.cancelled == 3
    assert ledger.retries == [Cause.JUDGE_TIMEOUT] * 2


async def test_p13_cancellation_reaches_the_backend_at_once() -> None:
    gauge = Gauge()
    judge = Judge(gauge, limits=FleetOptions(ceiling=4))
    calls = [asyncio.create_task(judge.ask(prompt(str(n)), YES_NO)) for n in range(10)]
    for _ in range(20):
        await asyncio.sleep(0)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert all(call.cancelled() for call in calls)
    assert (gauge.now, gauge.cancelled) == (0, 4)
    gauge.go.set()
    assert isinstance(await judge.ask(PROMPT, YES_NO), Reading)


async def test_p13_cancellation_ends_a_wait_between_attempts() -> None:
    asleep = asyncio.Event()

    async def endless(_: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    judge = Judge(ScriptedBackend(in_turn(DOWN)), retries=Retries(sleep=endless))
    call = asyncio.create_task(judge.ask(PROMPT, YES_NO))
    await asleep.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert call.cancelled()


async def test_p15_a_judge_in_trouble_is_not_asked_ever_more() -> None:
    def down(_: Request) -> Reply:
        raise BackendError(Cause.JUDGE_ERROR, "HTTP 500: ", retryable=True)

    backend = ScriptedBackend(down)
    judge = Judge(backend, retries=Retries(sleep=no_sleep, budget=Budget(clock=lambda: 0.0)))
    calls = 2_000
    outcomes = await asyncio.gather(*(judge.ask(prompt(str(n)), YES_NO) for n in range(calls)))
    assert all(isinstance(outcome, Unscored) for outcome in outcomes)
    # 100 in reserve and a tenth of 2,000 calls; without a budget there would be 4,000 retries
    assert len(backend.requests) - calls == pytest.approx(300, abs=2)


async def test_a_forgetful_judge_asks_anew_in_the_same_line_and_is_not_counted() -> None:
    ledger, cache = Ledger(), open_cache(CacheOptions(store="memory"))
    backend = ScriptedBackend(lambda _: answer("yes", 0.9))
    judge = judge_with(backend, ledger, cache=cache)
    await judge.ask(PROMPT, YES_NO)
    await judge.ask(PROMPT, YES_NO)
    assert len(backend.requests) == 1  # it remembers
    forgetful = judge.forgetful
    await forgetful.ask(PROMPT, YES_NO)
    await forgetful.ask(PROMPT, YES_NO)
    assert len(backend.requests) == 3
    assert ledger.answers == ["verdict"] * 2
    assert len(ledger.usages) == 3  # its tokens were spent all the same
    await judge.aclose()
