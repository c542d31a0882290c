"""Special tokens at the ends of a text go, those inside stay, and hostile text takes no longer."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.dialects.special_tokens import COMMON, trimmed

SIZE = 2_000_000
LIMIT_S = 2.0


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("right<|im_end|>", "right"),
        ("right<|im_end|>\n<|endoftext|><|endoftext|>", "right"),
        ("<s>right</s>", "right"),
        (" right \n", " right \n"),
        ("right \n<eos>", "right \n"),
        ("a<|im_end|>\n<|im_start|>user\nb<|im_end|>", "a<|im_end|>\n<|im_start|>user\nb"),
        ("<|im_end|>", ""),
        ("", ""),
        ("</think>", "</think>"),
        ("<|im_<|im_end|>end|>", "<|im_<|im_end|>end|>"),
        ("x <|im_end", "x <|im_end"),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    assert trimmed(text) == left


def test_a_tokenizer_may_have_tokens_of_its_own() -> None:
    assert trimmed("right(.*)</s>", ("(.*)", *COMMON)) == "right"
    assert trimmed("right(.*)</s>") == "right(.*)"


@given(st.text(alphabet="ab <>|/s\n", max_size=30))
def test_only_the_ends_go(text: str) -> None:
    left = trimmed(text)
    assert left in text
    assert trimmed(left) == left


@pytest.mark.parametrize("hostile", ["</s>", " ", "<", "</s> ", "<|im_end|", " </s" + " " * 8])
def test_p19_it_takes_linear_time(hostile: str) -> None:
    text = hostile * (SIZE // len(hostile)) + "<"
    started = time.perf_counter()
    trimmed(text)
    assert time.perf_counter() - started < LIMIT_S
