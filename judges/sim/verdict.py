"""What the simulated judge thinks: a pure function of the last user message.

1. `question.read_question` finds the evidence E, the question and the choices.
2. Q and T are the stems of the question and of the evidence: the casefolded words (runs of letters and
   digits) of at least 4 characters, without STOP_WORDS, cut to their first 6 characters.
3. overlap = |Q & T| / |Q|, 0 when Q is empty.
4. p = 1 / (1 + exp(-12 (overlap - 0.4))); p = 0.02 when E is blank.
5. The choices share a mass of 0.98. Of two choices of which exactly one is a POSITIVE word (yes and no), that
   one gets 0.98 p and the other 0.98 (1 - p). Any other K choices are an ordinal scale, lowest first: choice
   i = 0..K-1 weighs exp(-2 (i - p (K - 1))^2), and the weights are normalised to 0.98. A choice that
   stands for "cannot be told from the text" gets 0.98 u of that, u = 2 p (1 - p); the others share the rest.
6. A choice's mass is split over two spellings: 75 % `yes`, 25 % ` Yes`. JUNK tokens share the rest evenly.
7. The answer is the most probable choice; the first of equals.

Example: the question "Does it cite clause seven?" has Q = {cite, clause, seven}. Evidence with "clauses" and
"cited" has the stems {clause, cited}: overlap 1/3, p = 1 / (1 + exp(0.8)) = 0.310, P(yes) = 0.304: no.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from judges.sim.question import Question, read_question

STEM_LENGTH = 6
STEEPNESS = 12.0
MIDPOINT = 0.4
BLANK_EVIDENCE = 0.02
CHOICE_MASS = 0.98
PLAIN_SHARE = 0.75

_COMMON_WORDS = """
    about also been being both could does each exactly from have into itself more most must only
    other over same shall should some such than that their them then there these they this those
    very were what when where whether which while will with within without would
"""
_WORDS_FOR_THE_EVIDENCE = "answer completion criterion evidence question reasoning response statement text"
STOP_WORDS = frozenset(f"{_COMMON_WORDS} {_WORDS_FOR_THE_EVIDENCE}".split())
"""Words that say nothing about the evidence: common ones, and names for the evidence itself."""

POSITIVE = frozenset({"yes", "true", "met", "pass"})

JUNK = (
    "The", "Based", "Sure", "**", "\n", "```", "{", "Answer",
    "Well", "As", "It", "This", "There", "-", "#", '"',
)  # fmt: skip

UNCLEAR = "Hmm"
"""What an undecided judge says: none of the choices."""

_SHORTEST = 4
_WORD = re.compile(r"[^\W_]{4,}")
_SPACED = {code: " " for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True, slots=True)
class SimulatedVerdict:
    """The answer, with the distribution of the first token and the count behind it."""

    choice: str
    probabilities: dict[str, float]
    """Choice to probability; they sum to 0.98."""
    matched: int
    """Stems of the question that occur in the evidence."""
    asked: int
    """Stems of the question."""
    choices_given: bool
    """Whether the message named the choices."""

    @property
    def explanation(self) -> str:
        """What follows the choice when the message left the form of the answer open."""
        return f"\nSimulated: {self.matched} of {self.asked} words of the question occur in the evidence."


def judge(message: str, system: str = "") -> SimulatedVerdict:
    """Judge a user message by the rules of the module's docstring."""
    return judge_question(read_question(message, system))


def judge_question(question: Question) -> SimulatedVerdict:
    """Judge one question."""
    asked = stems(question.text)
    matched = len(asked & stems(question.evidence))
    p = _positive_probability(question, matched, len(asked))
    probabilities = _with_unsure(question, p)
    choice = max(probabilities, key=probabilities.__getitem__)
    return SimulatedVerdict(choice, probabilities, matched, len(asked), question.choices_given)


def stems(text: str) -> frozenset[str]:
    """Casefolded words of four or more letters and digits, stop words left out, cut to six characters."""
    return _stems_of_short(text) if len(text) <= _SHORT else _stems(text)


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:STEM_LENGTH] for word in _words(text.casefold()) - STOP_WORDS)


def _words(text: str) -> set[str]:
    """Same as by _WORD, several times as fast where the text is ASCII."""
    if not text.isascii():
        return set(_WORD.findall(text))
    return {word for word in text.translate(_SPACED).split() if len(word) >= _SHORTEST}


# Every criterion of a rollout asks about the same evidence. Long texts are not worth the memory.
_SHORT = 16_384
_stems_of_short = lru_cache(maxsize=1024)(_stems)


def positive_probability(overlap: float) -> float:
    """Turn the share of the question's stems, in [0, 1], into the p of rule 4."""
    return 1 / (1 + math.exp(-STEEPNESS * (overlap - MIDPOINT)))


def _positive_probability(question: Question, matched: int, asked: int) -> float:
    if not question.evidence.strip():
        return BLANK_EVIDENCE
    return positive_probability(matched / asked if asked else 0.0)


def _with_unsure(question: Question, p: float) -> dict[str, float]:
    """Rule 5, the last sentence."""
    if question.unsure is None:
        return choice_probabilities(p, question.choices)
    unsure = 2 * p * (1 - p)
    others = choice_probabilities(p, [choice for choice in question.choices if choice != question.unsure])
    shares = {choice: (1 - unsure) * chance for choice, chance in others.items()}
    return {choice: shares.get(choice, CHOICE_MASS * unsure) for choice in question.choices}


def choice_probabilities(p: float, choices: Sequence[str]) -> dict[str, float]:
    """Rule 5: choice to probability, 0.98 in all."""
    positive = [choice for choice in choices if choice.casefold() in POSITIVE]
    if len(choices) == 2 and len(positive) == 1:
        return {choice: CHOICE_MASS * (p if choice in positive else 1 - p) for choice in choices}
    centre = p * (len(choices) - 1)
    weights = [math.exp(-2 * (level - centre) ** 2) for level in range(len(choices))]
    total = math.fsum(weights)
    return {choice: CHOICE_MASS * weight / total for choice, weight in zip(choices, weights, strict=True)}


def token_probabilities(choices: dict[str, float], unclear: float = 0.0) -> dict[str, float]:
    """Rule 6: the first token's distribution, most probable first; it sums to 1.

    `unclear` puts that much on UNCLEAR first, for a judge that cannot decide.
    """
    tokens = {UNCLEAR: unclear} if unclear else {}
    for choice, mass in choices.items():
        for token, share in ((choice, PLAIN_SHARE), (_capitalised(choice), 1 - PLAIN_SHARE)):
            tokens[token] = tokens.get(token, 0.0) + share * mass
    junk = [token for token in JUNK if token not in tokens]
    rest = (1 - math.fsum(tokens.values())) / len(junk)
    tokens.update(dict.fromkeys(junk, rest))
    return dict(sorted(tokens.items(), key=lambda item: -item[1]))


def _capitalised(choice: str) -> str:
    return f" {choice[:1].upper()}{choice[1:]}"
