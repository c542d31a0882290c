"""A real engine's replies belong to their calls, end with them, and its refusals stay where they belong."""

import asyncio
import time

import pytest

from judges.backend import BackendError
from judges.grade import grade_group
from judges.request import Prompt, Request, Shared
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Score, Unscored
from rubrics.rollout import Rollout
from rubrics.verdict import Reading
from tests.real_vllm.conftest import Vllm
from tests.real_vllm.questions import SEED_TO_TEST, YES_NO, groups, of_both_layouts, rubric

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]


async def test_p05_vllm_names_the_call_that_it_answers(vllm: Vllm) -> None:
    question = of_both_layouts(1, SEED_TO_TEST)[0]
    backend = vllm.backend()
    replies = [await backend(Request(question.prompt, YES_NO)) for _ in range(2)]
    assert all(reply.echoes for reply in replies)


async def test_p05_calls_in_flight_together_each_get_their_own_verdict(vllm: Vllm) -> None:
    asked = of_both_layouts(6, SEED_TO_TEST + 3)
    judge = vllm.judge(max_concurrency=32)
    alone = [await judge.ask(question.prompt, question.choices) for question in asked]
    together = await asyncio.gather(
        *(judge.ask(question.prompt, question.choices) for question in reversed(asked))
    )
    for one, other in zip(alone, reversed(together), strict=True):
        assert isinstance(one, Reading)
        assert isinstance(other, Reading)
        assert other.choices == pytest.approx(one.choices, abs=1e-4)


async def test_p04_a_text_too_long_for_the_model_hurts_nobody_else(vllm: Vllm) -> None:
    rollouts = groups(1, 3, SEED_TO_TEST)[0]
    long = Rollout(id="long", prompt=rollouts[0].prompt, completion=Completion("word " * 20_000))
    asked = rubric(layout="criterion_last")
    healthy = await grade_group(asked, rollouts, vllm.judge())
    first, hurt, *rest = await grade_group(asked, [rollouts[0], long, *rollouts[1:]], vllm.judge())
    assert isinstance(hurt, Unscored)
    assert hurt.cause == Cause.JUDGE_REJECTED
    for before, after in zip(healthy, [first, *rest], strict=True):
        assert isinstance(before, Score)
        assert isinstance(after, Score)
        assert after.value == pytest.approx(before.value, abs=1e-4)


async def test_an_over_long_prompt_is_not_quoted_and_not_sent_again(vllm: Vllm) -> None:
    before = vllm.metric("http_requests_total")
    prompt = Prompt(Shared("system", "a secret of ours " * 2000), "Answer with exactly one of: yes, no.")
    outcome = await vllm.judge(verdict="token").ask(prompt, YES_NO)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.JUDGE_REJECTED
    assert outcome.detail is not None
    assert "HTTP 400" in outcome.detail
    assert "secret" not in outcome.detail
    assert vllm.metric("http_requests_total") - before <= 2  # the call, and the look at the metrics


async def test_a_model_that_is_not_served_is_named_as_the_reason(vllm: Vllm) -> None:
    question = of_both_layouts(1, SEED_TO_TEST)[0]
    with pytest.raises(BackendError, match=r"404.*gpt-oss") as caught:
        await vllm.backend(model="gpt-oss")(Request(question.prompt, YES_NO))
    assert caught.value.cause == Cause.JUDGE_REJECTED
    assert not caught.value.retryable


async def test_p13_a_call_that_is_given_up_stops_the_engine_s_work(vllm: Vllm) -> None:
    endless = {"max_tokens": 3000, "ignore_eos": True}
    judge = vllm.judge(verdict="text", extra_body=endless)
    question = of_both_layouts(1, SEED_TO_TEST)[0]
    task = asyncio.create_task(judge.ask(question.prompt, YES_NO))
    await _until_running(vllm, 1)
    task.cancel()
    started = time.monotonic()
    await _until_running(vllm, 0)
    assert time.monotonic() - started < 1.0
    assert task.cancelled()


async def _until_running(vllm: Vllm, wanted: int) -> None:
    async with asyncio.timeout(20):
        while await asyncio.to_thread(vllm.metric, "vllm:num_requests_running") != wanted:
            pass
