"""Special tokens that a trainer leaves in the text it decodes, and taking them off its ends."""

import re
from collections.abc import Sequence
from functools import lru_cache

COMMON = (
    *("<|im_end|>", "<|im_start|>", "<|endoftext|>"),
    *("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|begin_of_text|>", "<|finetune_right_pad_id|>"),
    *("<s>", "</s>", "<pad>", "[PAD]", "<bos>", "<eos>", "<end_of_turn>", "[EOS]"),
    *("<|end|>", "<|return|>", "<|user|>", "<|observation|>"),
    *("<\uff5cbegin\u2581of\u2581sentence\uff5c>", "<\uff5cend\u2581of\u2581sentence\uff5c>"),
)
"""Of Qwen, Llama, Mistral, Gemma, Phi, gpt-oss, GLM and DeepSeek: those that end, begin or pad a text."""


def trimmed(text: str, tokens: Sequence[str] = COMMON) -> str:
    """`text` without the special tokens at its ends, and the white space between those. Linear.

    Tokens inside stay: they are the policy's own doing, and judges read them as inert text.
    """
    start = leading(text, tokens)
    return text[start : len(text) - _trailing(text[start:], tokens)]


def leading(text: str, tokens: Sequence[str] = COMMON) -> int:
    """How many characters of special tokens stand in front."""
    found = _run(tuple(tokens)).match(text)
    return found.end() if found else 0


def _trailing(text: str, tokens: Sequence[str]) -> int:
    found = _run(tuple(token[::-1] for token in tokens)).match(text[::-1])
    return found.end() if found else 0


@lru_cache(maxsize=64)
def _run(tokens: tuple[str, ...]) -> re.Pattern[str]:
    """Match tokens one after another, with a little white space before each; possessive, so linear."""
    return re.compile(rf"(?:\s{{0,8}}(?:{'|'.join(map(re.escape, tokens))}))*+")
