import asyncio
import math
from hashlib import blake2b

import pytest

from judges.asking import reasons
from judges.backend import BackendError
from judges.deadline import within
from judges.judge import Judge
from judges.request import Prompt, Reply, Request, Shared, Usage
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.verdict import Reading
from tests.judges.engine.fleets import now, virtually

REQUEST = Request(Prompt(Shared("system", "a text\n"), "c"), ("yes", "no"), "r/c")


def key(number: int) -> bytes:
    return blake2b(b"%d" % number, digest_size=32).digest()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_share_of_verdicts_that_are_explained(share: float) -> None:
    chosen = sum(reasons.chosen(key(number), share) for number in range(10_000))
    assert chosen == pytest.approx(10_000 * share, abs=150 * math.sqrt(4 * share * (1 - share)))


def test_a_larger_share_explains_the_same_verdicts_and_more() -> None:
    few = {number for number in range(1_000) if reasons.chosen(key(number), 0.1)}
    many = {number for number in range(1_000) if reasons.chosen(key(number), 0.3)}
    assert few < many


def test_the_reason_is_asked_after_the_same_question_and_its_answer() -> None:
    why = reasons.why(REQUEST, "no")
    assert (why.prompt, why.choices, why.id) == (REQUEST.prompt, REQUEST.choices, REQUEST.id)
    assert (why.form, why.max_tokens) == ("text", reasons.MAX_TOKENS)
    *before, answer, question = why.messages
    assert before == REQUEST.messages
    assert answer == {"role": "assistant", "content": "no"}
    assert question["role"] == "user"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  It says so.\n", "It says so."),
        ("", None),
        (" \n\t", None),
        ("x" * 10_000, "x" * reasons.LONGEST),
    ],
)
def test_what_is_kept_of_a_reply(text: str, kept: str | None) -> None:
    assert reasons.reason(text) == kept


def test_p23_a_reason_holds_nothing_that_cannot_be_seen_or_written() -> None:
    kept = reasons.reason("bell\x07 escape\x1b[31m surrogate\ud800 override\u202e nul\0")
    assert kept is not None
    kept.encode()
    assert not set(kept) & set("\x07\x1b\ud800\u202e\0")


class Explainer:
    """A judge that gives its verdict at once and takes a while, or fails, to explain it."""

    def __init__(self, reason: Reply | BackendError, seconds: float = 0.0) -> None:
        self._reason = reason
        self._seconds = seconds
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Reply:
        self.asked.append(request)
        if not request.follow_up:
            return Reply("no", [("no", math.log(0.8)), ("yes", math.log(0.2))])
        await asyncio.sleep(self._seconds)
        if isinstance(self._reason, BackendError):
            raise self._reason
        return self._reason

    async def aclose(self) -> None: ...


async def told(explainer: Explainer, share: float = 1.0) -> Reading:
    judge = Judge(explainer, reasons=share, retries=Retries(), timeout_s=20.0)
    outcome = await judge.ask(REQUEST.prompt, REQUEST.choices)
    await judge.aclose()
    assert isinstance(outcome, Reading)
    assert outcome.choices == pytest.approx({"yes": 0.2, "no": 0.8})
    return outcome


@virtually
async def test_a_verdict_comes_with_its_reason() -> None:
    explainer = Explainer(Reply("It names no source.", usage=Usage(10, 0, 5)))
    assert (await told(explainer)).reason == "It names no source."
    assert explainer.asked[1].follow_up[0]["content"] == "no"
    assert (await told(explainer, share=0.0)).reason is None
    assert len(explainer.asked) == 3


@pytest.mark.parametrize("cause", [Cause.JUDGE_ERROR, Cause.JUDGE_RATE_LIMITED])
@virtually
async def test_a_verdict_stands_without_a_reason(cause: Cause) -> None:
    explainer = Explainer(BackendError(cause, "no", retryable=True))
    assert (await told(explainer)).reason is None
    assert len(explainer.asked) == 2  # a reason is not worth a second attempt


@virtually
async def test_p12_a_reason_that_is_late_does_not_cost_the_verdict() -> None:
    begun = now()
    with within(2.0):
        outcome = await told(Explainer(Reply("It took its time."), seconds=10.0))
    assert outcome.reason is None
    assert now() - begun <= 2.0
