"""Reading a verdict from a reply. Pure: no I/O, no exception, and no guess.

A reply yields a `Reading` only when it is one of the offered choices; anything else is `Unscored`.
Nothing is searched for inside a longer text, so an echoed format ("Answer with yes or no.") or a word
inside another ("bad" in "not bad") is never taken for a verdict.
"""

import math
from collections.abc import Iterable
from functools import lru_cache

from judges.backend import Alternatives, Reply
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading

LEAST_MASS = 0.5
"""A judge that puts less than this on the choices taken together has abstained."""

# Byte-level BPE writes a space as Ġ, a newline as Ċ and a tab as ĉ; SentencePiece writes a space as ▁.
_AROUND = " \t\r\n\v\f\u00a0\u0120\u010a\u0109\u2581" + "\"'`“”‘’«»" + ".,:;!?*_#()[]{}<>-–—"  # noqa: RUF001
_LONGEST = 64
_ROUNDING = 1e-3


def read(reply: Reply, choices: tuple[str, ...]) -> Reading | Unscored:
    """The verdict, or `judge_refused`, `judge_abstained` or `judge_garbled`."""
    if reply.refusal is not None:
        return Unscored(Cause.JUDGE_REFUSED, f"the judge declined: {_excerpt(reply.refusal)}")
    if reply.alternatives:
        return read_token(reply.alternatives, choices)
    return read_text(reply.text, choices)


def read_token(alternatives: Alternatives, choices: tuple[str, ...]) -> Reading | Unscored:
    """P(choice) / P(any choice), each summed over all its spellings among the first token's alternatives."""
    if not _plausible(logprob for _, logprob in alternatives):
        return Unscored(Cause.JUDGE_GARBLED, "log-probabilities that are not those of one token")
    spelt: dict[str, list[float]] = {choice: [] for choice in choices}
    for token, logprob in alternatives:
        choice = choice_begun(token, choices)
        if choice is not None:
            spelt[choice].append(math.exp(logprob))
    sums = {choice: math.fsum(probabilities) for choice, probabilities in spelt.items()}
    mass = math.fsum(sums.values())
    if mass == 0:
        return Unscored(Cause.JUDGE_GARBLED, f"no choice among {len(alternatives)} alternatives")
    if mass < LEAST_MASS:
        return Unscored(Cause.JUDGE_ABSTAINED, f"{mass:.2f} of its probability was on the choices")
    return Reading({choice: total / mass for choice, total in sums.items()})


def _plausible(logprobs: Iterable[float]) -> bool:
    """Whether these can be alternatives for one token: no NaN, none above 1, together not above 1."""
    total = 0.0
    for logprob in logprobs:
        if not logprob <= _ROUNDING:
            return False
        total += math.exp(logprob)
    return total <= 1 + 20 * _ROUNDING


def read_text(text: str, choices: tuple[str, ...]) -> Reading | Unscored:
    """All of the probability for the choice that the whole text is, but for quotes and punctuation."""
    answer = bare(text)
    for choice in choices:
        if _folded(choice) == _fold(answer, like=choice):
            return Reading({each: float(each == choice) for each in choices})
    return Unscored(Cause.JUDGE_GARBLED, f"not one of the choices: {_excerpt(text)}")


def bare(token: str) -> str:
    """A token or text without the space, quotes, markup and punctuation around it."""
    return token.strip(_AROUND)


def choice_begun(token: str, choices: tuple[str, ...]) -> str | None:
    """The one choice that an answer starting with `token` can only be, or None.

    The token spells a choice, or is a beginning of it at least two letters long (`sev` + `ere`). One that
    could be the beginning of two choices belongs to neither, and neither does a single letter of a longer
    word: `n` may go on to `n/a`. Case is ignored, except that a one-letter choice is not its lower-case
    letter: `a` starts a sentence.
    """
    return _begun(token, choices) if len(token) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _begun(token: str, choices: tuple[str, ...]) -> str | None:
    start = bare(token)
    begun = [choice for choice in choices if start and _begins(choice, start)]
    return begun[0] if len(begun) == 1 else None


def _begins(choice: str, start: str) -> bool:
    word, start = _folded(choice), _fold(start, like=choice)
    return word == start or (len(start) > 1 and word.startswith(start))


def _folded(choice: str) -> str:
    return _fold(bare(choice), like=choice)


def _fold(text: str, *, like: str) -> str:
    return text if len(like) == 1 else text.casefold()


def _excerpt(text: str) -> str:
    return ascii(text[:40]) + ("..." if len(text) > 40 else "")
