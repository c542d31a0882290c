"""Texts on their way to a tokenizer that is not ours to steer."""

from judges.prompts.fence import MARKUP

_WORDS = ("think", "tool_call", "tool_response")
_TAGS = {f"<{slash}{word}>" for word in _WORDS for slash in ("", "/")}
"""What policies write in good faith and reward models are trained to read. It ends no message."""

SPECIAL = {token: shown for token, shown in MARKUP.items() if token not in _TAGS and "data-" not in token}
"""What tokenizers take for special tokens, and a look-alike."""


def inert(text: str) -> str:
    """`text` with look-alikes for what tokenizers take for special tokens. Linear; everything else stays."""
    for token, shown in SPECIAL.items():
        if token in text:
            text = text.replace(token, shown)
    return text
