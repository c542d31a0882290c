"""Texts as words, for measures that count them. Linear, for any script that puts space between words."""

import re

_WORD = re.compile(r"[^\W_]+")
_WORD_OR_MARK = re.compile(r"[^\W_]+|[^\w\s]|_")


def words(text: str) -> list[str]:
    """Runs of letters and digits, casefolded: what ROUGE counts (for English as `rouge-score`)."""
    return _WORD.findall(text.casefold())


def words_and_marks(text: str) -> list[str]:
    """Runs of letters and digits, and every other visible character: what BLEU, GLEU and METEOR count."""
    return _WORD_OR_MARK.findall(text)
