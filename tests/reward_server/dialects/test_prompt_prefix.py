"""Where the completion begins in a text that begins with its prompt, more or less."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.dialects.prompt_prefix import after_prompt

NUMBERS = " and ".join(map(str, range(60)))
PROMPT = f"<|im_start|>user\nHow many are {NUMBERS}?<|im_end|>\n<|im_start|>assistant\n"
LIMIT_S = 2.0


def completion(text: str, prompt: str = PROMPT) -> str | None:
    found = after_prompt(text, prompt)
    return None if found is None else text[found:]


@pytest.mark.parametrize("front", [PROMPT, "<s>" + PROMPT, "<|endoftext|>" * 7 + PROMPT, PROMPT[100:]])
@pytest.mark.parametrize("said", ["", "four", PROMPT, " \n four", "<|im_start|>"])
def test_what_the_policy_said_is_found(front: str, said: str) -> None:
    assert completion(front + said) == said


def test_white_space_may_differ() -> None:
    assert completion(PROMPT.replace("\n", " \n ").strip() + " four") == " four"
    assert completion("How many? four", "How  many?\n") == " four"


@pytest.mark.parametrize("text", ["", "four", PROMPT[:-60], "x" + PROMPT, PROMPT.upper()])
def test_a_text_without_its_prompt_is_not_guessed_at(text: str) -> None:
    assert completion(text) is None


def test_an_empty_prompt_is_over_at_once() -> None:
    assert completion("four", "") == "four"


def test_a_prompt_may_begin_with_the_token_that_the_tokenizer_puts_in_front_again() -> None:
    assert completion("<s><s>How many? four", "<s>How many?") == " four"
    assert completion("<|endoftext|><s><s><s>How many? four", "<s>How many?") == " four"
    assert completion("<s>Why? <s>How many? four", "<s>How many?") is None


def test_a_prompt_of_special_tokens_alone() -> None:
    assert completion("<s>four", "<s>") == "four"


@given(st.text(max_size=40), st.text(max_size=40))
def test_an_exact_prefix_is_always_taken_off(prompt: str, said: str) -> None:
    assert completion(prompt + said, prompt) == said


@pytest.mark.parametrize("period", ["a", "ab ", "x y z "])
def test_p19_repetitive_prompts_and_hostile_completions_take_linear_time(period: str) -> None:
    prompt = period * 20_000
    started = time.perf_counter()
    assert completion(prompt[7 * len(period) :] + "four", prompt) == "four"
    assert completion("!" + period * 500_000, prompt) is None
    assert time.perf_counter() - started < LIMIT_S
