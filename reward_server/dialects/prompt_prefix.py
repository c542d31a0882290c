"""Where a completion begins in a text that holds its prompt, too."""

import re

from reward_server.dialects.special_tokens import leading

_ANCHOR = 64
_TRIES = 100
_WORD = re.compile(r"\S+")


def after_prompt(text: str, prompt: str) -> int | None:
    """The index in `text` at which the prompt is over; None where the text does not begin with it.

    The trainer decodes prompt and completion from token ids. That may put a special token in front, cut the
    head off a prompt that is too long, or change white space. Linear in the text.
    """
    start = leading(text)
    begin = text.find(prompt, 0, start + len(prompt))  # a prompt may begin with special tokens of its own
    if begin >= 0:
        return begin + len(prompt)
    cut = _after_cut_prompt(text, prompt, start)
    return _after_spaced_prompt(text, prompt) if cut is None else cut


def _after_cut_prompt(text: str, prompt: str, start: int) -> int | None:
    """The end of the prompt where only its tail stands in front, cut to fit by the trainer; the last one."""
    anchor = prompt[-_ANCHOR:]
    last = start + len(prompt)
    for _ in range(_TRIES if len(anchor) == _ANCHOR else 0):
        found = text.rfind(anchor, start, last)
        end = found + _ANCHOR
        if found < 0 or prompt.endswith(text[start:end]):
            return None if found < 0 else end
        last = end - 1
    return None


def _after_spaced_prompt(text: str, prompt: str) -> int | None:
    """The end of the prompt where it differs in white space only."""
    wanted = "".join(prompt.split())
    seen = 0
    for word in _WORD.finditer(text) if wanted else ():
        taken = min(len(word[0]), len(wanted) - seen)
        if not wanted.startswith(word[0][:taken], seen):
            return None
        seen += taken
        if seen == len(wanted):
            return word.start() + taken
    return None
