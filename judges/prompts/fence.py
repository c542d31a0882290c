"""Untrusted text, made safe to show to a judge: fenced, and with nothing in it that a chat template obeys.

    <data-content-5f0c9a...>
    the text
    </data-content-5f0c9a...>

The nonce is a digest of the text, so the text cannot contain its own fence, whoever wrote it; and it is
the same for every criterion and retry, so an engine's prefix cache still sees one prompt.

Chat markup, control characters and characters that cannot be seen are shown as visible, inert ones, each
token in one pass, so the cost is linear in the text. docs/judging.md has the table.
"""

from hashlib import blake2b

import re2

_WORDS = """
s /s bos eos pad unk mask sop eop sep cls BOS_TOKEN EOS_TOKEN start_of_turn end_of_turn start_of_image
end_of_image think /think tool_call /tool_call tool_response /tool_response
"""
_BRACKETED = """
INST /INST SYSTEM_PROMPT /SYSTEM_PROMPT AVAILABLE_TOOLS /AVAILABLE_TOOLS TOOL_CALLS /TOOL_CALLS
TOOL_RESULTS /TOOL_RESULTS TOOL_CONTENT MODEL_SETTINGS /MODEL_SETTINGS THINK /THINK ARGS CALL_ID
IMG IMG_BREAK IMG_END
PREFIX SUFFIX MIDDLE gMASK sMASK CLS SEP PAD UNK MASK BOS EOS
"""
_INERT = str.maketrans("<>[]", "\u2039\u203a\u27e6\u27e7")

MARKUP = {
    token: token.translate(_INERT)
    for token in (
        "<|", "|>", "<\uff5c", "\uff5c>",
        "<<SYS>>", "<</SYS>>", "<data-", "</data-",
        *(f"<{word}>" for word in _WORDS.split()), *(f"[{word}]" for word in _BRACKETED.split()),
    )
}  # fmt: skip
"""What chat templates and tokenizers obey, and what is shown instead.

Replacements hold none of the characters that a key starts or ends with, so no replacement makes a new key
and doing it twice changes nothing.
"""

# Not the zero-width joiners U+200C and U+200D, which Persian, Hindi and emoji need.
_UNSEEN = (
    *((0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F)),
    *((0x200B, 0x200B), (0x200E, 0x200F), (0x202A, 0x202E), (0x2060, 0x2069), (0xFEFF, 0xFEFF)),
    *((0xFFF9, 0xFFFB), (0xE0000, 0xE007F)),
)
_SURROGATES = (0xD800, 0xDFFF)
_NONCE_BYTES = 8


def _picture(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


_PICTURES = {
    code: _picture(code) for first, last in (*_UNSEEN, _SURROGATES) for code in range(first, last + 1)
}
_UNSEEN_CLASS = "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _UNSEEN) + "]"
_TO_REPLACE = re2.compile("|".join([_UNSEEN_CLASS, *map(re2.escape, MARKUP)]))


def fence(name: str, text: str) -> str:
    """Put `text`, neutralised, between the lines `<data-NAME-NONCE>` and `</data-NAME-NONCE>`."""
    shown = neutralise(text)
    tag = f"data-{name}-{nonce(name, shown)}"
    return f"<{tag}>\n{shown}\n</{tag}>"


def nonce(name: str, text: str) -> str:
    """16 hexadecimal digits that depend on every character of `text` and do not occur in it."""
    digest = blake2b(f"{name}\n{text}".encode(), digest_size=_NONCE_BYTES)
    while (found := digest.hexdigest()) in text:
        digest.update(b"again")
    return found


def neutralise(text: str) -> str:
    """`text` with chat markup and unseen characters replaced by visible, inert ones. Linear; idempotent."""
    if not _suspicious(text):
        return text
    text = visible(text)
    for token, shown in MARKUP.items():
        text = text.replace(token, shown)
    return text


def visible(text: str) -> str:
    """`text` with LF for CR LF, and a visible character for each one that cannot be seen or encoded."""
    return text.replace("\r\n", "\n").translate(_PICTURES)


def _suspicious(text: str) -> bool:
    try:
        return _TO_REPLACE.search(text) is not None
    except UnicodeEncodeError:  # a lone surrogate
        return True
