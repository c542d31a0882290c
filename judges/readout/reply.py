"""Reading a verdict from a reply. Pure: no I/O, no exception, and no guess.

A reply yields a `Reading` only when it is one of the offered choices; anything else is `Unscored`.
Nothing is searched for inside a longer text, so an echoed format ("Answer with yes or no."), a word
inside another ("bad" in "not bad") or the first of two JSON objects is never taken for a verdict.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

from judges.request import Alternatives, Form, Reply
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.strict_json import NotOneObject, read_object
from rubrics.verdict import Reading

VERDICT = "verdict"
"""The member that holds the answer in the form `json`."""

LEAST_MASS = 0.5
"""A judge that puts less than this on the choices taken together has abstained."""

# Byte-level BPE writes a space as Ġ, a newline as Ċ and a tab as ĉ; SentencePiece writes a space as ▁.
_AROUND = " \t\r\n\v\f\u00a0\u0120\u010a\u0109\u2581" + "\"'`“”‘’«»" + ".,:;!?*_#()[]{}<>-–—"  # noqa: RUF001
_LONGEST = 64
_ROUNDING = 1e-3


def read(reply: Reply, choices: tuple[str, ...], form: Form) -> Reading | Unscored:
    """The verdict, or `judge_refused`, `judge_abstained` or `judge_garbled`.

    It is read in the form in which it was asked for and in no other: a certain 1 in place of a probability
    would be another reward for the same verdict. Words that were cut off are no verdict.
    """
    if reply.refusal is not None:
        return refused(reply.refusal)
    if form == "token":
        return _measured(reply, choices)
    if reply.truncated:
        return garbled(f"cut off by the limit on tokens: {excerpt(reply.text)}")
    return read_json(reply.text, choices) if form == "json" else read_text(reply.text, choices)


def _measured(reply: Reply, choices: tuple[str, ...]) -> Reading | Unscored:
    if not reply.alternatives:
        return garbled(
            "no log-probabilities, though they were asked for (`verdict: auto` finds another form)"
        )
    return read_token(reply.alternatives, choices)


def read_token(alternatives: Alternatives, choices: tuple[str, ...]) -> Reading | Unscored:
    """P(choice) / P(any choice), each summed over all its spellings among the first token's alternatives."""
    if not plausible([logprob for _, logprob in alternatives]):
        return garbled("log-probabilities that are not those of one token")
    spelt: dict[str, list[float]] = {choice: [] for choice in choices}
    begun = _spellings(choices)
    for token, logprob in alternatives:
        choice = begun[token]
        if choice is not None:
            spelt[choice].append(math.exp(logprob))
    sums = {choice: math.fsum(probabilities) for choice, probabilities in spelt.items()}
    mass = math.fsum(sums.values())
    if mass == 0:
        return garbled(f"no choice among {len(alternatives)} alternatives")
    if mass < LEAST_MASS:
        return Unscored(Cause.JUDGE_ABSTAINED, f"{mass:.2f} of its probability was on the choices")
    return Reading({choice: total / mass for choice, total in sums.items()})


def plausible(logprobs: Sequence[float]) -> bool:
    """Whether these can be alternatives for one token: no NaN, none above 1, together not above 1."""
    try:
        total = sum(map(math.exp, logprobs))
    except OverflowError:
        return False
    return total <= 1 + 20 * _ROUNDING and max(logprobs, default=0.0) <= _ROUNDING


def read_text(text: str, choices: tuple[str, ...]) -> Reading | Unscored:
    """All of the probability for the choice that the whole text is, but for quotes and punctuation."""
    answer = bare(text)
    for choice in choices:
        if _folded(choice) == _fold(answer, like=choice):
            return Reading({each: float(each == choice) for each in choices})
    return garbled(f"not one of the choices: {excerpt(text)}")


def read_json(text: str, choices: tuple[str, ...]) -> Reading | Unscored:
    """The same for the text that is the value of `verdict`, the only member of the only object."""
    try:
        members = read_object(text)
    except NotOneObject as error:
        return garbled(f"not one JSON object ({error}): {excerpt(text)}")
    verdict = members.get(VERDICT)
    if len(members) != 1 or not isinstance(verdict, str):
        return garbled(f"not an object with `{VERDICT}` alone: {excerpt(text)}")
    return read_text(verdict, choices)


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
    return _spellings(choices)[token]


class _Spellings(dict[str, str | None]):
    """Which choice each token begins; found out at its first use and remembered for the next 4,096."""

    MOST = 4096

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__()
        self._choices = choices

    def __missing__(self, token: str) -> str | None:
        if len(token) > _LONGEST:
            return None
        if len(self) >= self.MOST:
            self.clear()
        found = self[token] = self._begun(token)
        return found

    def _begun(self, token: str) -> str | None:
        start = bare(token)
        begun = [choice for choice in self._choices if start and _begins(choice, start)]
        return begun[0] if len(begun) == 1 else None


_spellings = lru_cache(maxsize=256)(_Spellings)


def _begins(choice: str, start: str) -> bool:
    word, start = _folded(choice), _fold(start, like=choice)
    return word == start or (len(start) > 1 and word.startswith(start))


def _folded(choice: str) -> str:
    return _fold(bare(choice), like=choice)


def _fold(text: str, *, like: str) -> str:
    return text if len(like) == 1 else text.casefold()


def refused(said: str) -> Unscored:
    """The outcome where the judge would not answer."""
    return Unscored(Cause.JUDGE_REFUSED, f"the judge declined: {excerpt(said)}")


def garbled(detail: str) -> Unscored:
    """The outcome where a reply holds no verdict."""
    return Unscored(Cause.JUDGE_GARBLED, detail)


def excerpt(text: str) -> str:
    """The beginning of a reply, escaped."""
    return ascii(text[:40]) + ("..." if len(text) > 40 else "")
