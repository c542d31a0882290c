"""What the layouts are for: the engine computes what is shared once."""

from collections.abc import Sequence

import pytest

from judges.request import Prompt, Request, Shared
from rubrics.rubric import PromptLayout, Rubric
from tests.real_vllm.conftest import Vllm
from tests.real_vllm.questions import YES_NO, groups, questions, rubric

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

BLOCK = 128
"""Tokens of a block of this engine's cache. Prefixes are shared by whole blocks."""


def asked(layout: PromptLayout) -> Rubric:
    """Six criteria of more than a block each."""
    return rubric(6, 80, layout=layout)


async def computed(vllm: Vllm, prompts: Sequence[Prompt]) -> int:
    """Prompt tokens that the engine computes for these prompts, one after another, on an empty cache."""
    vllm.forget()
    backend = vllm.backend()
    usages = [(await backend(Request(prompt, YES_NO))).usage for prompt in prompts]
    return sum(usage.prompt - usage.cached for usage in usages)


def prompts(layout: PromptLayout) -> list[Prompt]:
    rollouts = [rollout for group in groups(2, 4, seed=5, words=400) for rollout in group]
    return [question.prompt for question in questions(asked(layout), rollouts)]


def criterion_first(prompt: Prompt) -> Prompt:
    """The same words in the order of most tools: what is asked, then the text."""
    question = f"{prompt.question}\n\n{prompt.shared.evidence}"
    return Prompt(Shared(prompt.shared.system, " "), question)


async def test_the_later_the_criterion_the_less_is_computed(vllm: Vllm) -> None:
    last = prompts("criterion_last")
    first = await computed(vllm, [criterion_first(prompt) for prompt in last])
    assert first > 1.5 * await computed(vllm, last)
    assert await computed(vllm, last) > 1.5 * await computed(vllm, prompts("listed"))


async def test_a_listed_question_leaves_at_most_the_last_block_to_compute(vllm: Vllm) -> None:
    one_rollout = prompts("listed")[:6]
    backend = vllm.backend()
    vllm.forget()
    first, *others = [(await backend(Request(prompt, YES_NO))).usage for prompt in one_rollout]
    assert first.cached == 0
    assert all(0 < usage.prompt - usage.cached <= BLOCK for usage in others)


async def test_rollouts_of_a_group_share_its_post(vllm: Vllm) -> None:
    rollouts = groups(2, 2, seed=6, words=400)
    mine, sibling, stranger = (*rollouts[0], rollouts[1][0])
    backend = vllm.backend()
    cached = []
    for other in (sibling, stranger):
        vllm.forget()
        pair = [next(questions(asked("criterion_last"), [rollout])).prompt for rollout in (mine, other)]
        usages = [(await backend(Request(prompt, YES_NO))).usage for prompt in pair]
        cached.append(usages[1].cached)
    assert cached[0] >= cached[1] + BLOCK
