"""Constrained decoding, for engines without log-probabilities: what it says is a choice."""

import asyncio

import pytest

from judges.request import MAX_TOKENS, Form, Request
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading
from tests.real_vllm.conftest import Truth, Truths, Vllm
from tests.real_vllm.questions import SEED_TO_TEST, Question, of_both_layouts

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]


@pytest.mark.parametrize("form", ["choice", "json"])
async def test_a_constrained_answer_is_always_a_verdict(vllm: Vllm, form: Form) -> None:
    judge = vllm.judge(verdict=form)
    asked = of_both_layouts(3, SEED_TO_TEST)
    outcomes = await asyncio.gather(*(judge.ask(question.prompt, question.choices) for question in asked))
    again = await asyncio.gather(*(judge.ask(question.prompt, question.choices) for question in asked))
    for question, outcome in zip(asked, outcomes, strict=True):
        assert isinstance(outcome, Reading)
        assert outcome.choices.keys() == set(question.choices)
        assert sorted(outcome.choices.values()) == [0.0, 1.0]
    assert again == outcomes


async def test_a_constrained_choice_is_the_model_s_own_preference(vllm: Vllm, truths: Truths) -> None:
    judge = vllm.judge(verdict="choice")
    asked = of_both_layouts(3, SEED_TO_TEST)
    clear = [(question, truth) for question, truth in zip(asked, truths(asked), strict=True) if _clear(truth)]
    assert len(clear) > len(asked) / 2
    assert len({truth.shares["yes"] > 0.5 for _, truth in clear}) == 2
    for question, truth in clear:
        outcome = await judge.ask(question.prompt, question.choices)
        assert isinstance(outcome, Reading)
        assert outcome.choices[max(truth.exact, key=truth.exact.__getitem__)] == 1.0


def _clear(truth: Truth) -> bool:
    """Whether the token of one choice is far ahead, and of the beginnings of a choice there is no talk."""
    second, first = sorted(truth.exact.values())[-2:]
    return first > 1.2 * second and first > 0.05


@pytest.mark.parametrize("form", ["choice", "json"])
async def test_answers_that_the_prompt_does_not_name_are_forced_all_the_same(vllm: Vllm, form: Form) -> None:
    question = of_both_layouts(1, SEED_TO_TEST)[0]
    odd = ("quartz", "violin")
    backend = vllm.backend()
    reply = await backend(Request(question.prompt, odd, form=form, max_tokens=MAX_TOKENS[form]))
    expected = {"choice": set(odd), "json": {f'{{"verdict":"{word}"}}' for word in odd}}
    assert reply.text in expected[form]
    assert not reply.truncated


async def test_bare_words_of_a_model_that_talks_are_no_verdict(vllm: Vllm) -> None:
    """The tiny judge never stops by itself, so its words are cut off: unscored, whatever they begin with."""
    question: Question = of_both_layouts(1, SEED_TO_TEST)[0]
    outcome = await vllm.judge(verdict="text").ask(question.prompt, question.choices)
    assert isinstance(outcome, Unscored)
    assert outcome.cause in {Cause.JUDGE_GARBLED, Cause.CONTENT_BREAKS_JUDGE}
