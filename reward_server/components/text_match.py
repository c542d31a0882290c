"""Whether the answer is the right text."""

import string
import unicodedata
from collections.abc import Sequence
from typing import Self

from pydantic import model_validator

from reward_server.grading.extract import Extracting, as_text
from reward_server.reward.component import PerRollout, right_or_wrong
from rubrics.cause import Cause
from rubrics.options import Options
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Json, Rollout

SLACK = 1_000
"""Characters a text may be longer than eight times the longest accepted answer, and still be compared."""


class Normalise(Options):
    """What does not count when two texts are compared. Composed and decomposed accents never differ (NFC).

    All four together are the answer normalisation of SQuAD (arXiv 1606.05250).
    """

    casefold: bool = True
    """Upper and lower case."""
    whitespace: bool = True
    """How much white space there is between words."""
    punctuation: bool = False
    """ASCII and Unicode punctuation: removed."""
    articles: list[str] = []
    """Words that are removed, such as `[a, an, the]`. Compared after `casefold`."""

    @model_validator(mode="after")
    def _articles_are_words(self) -> Self:
        if any(len(word.split()) != 1 for word in self.articles):
            raise ValueError("`articles` are single words")
        return self

    def __call__(self, text: str) -> str:
        """`text` as it is compared."""
        if self.punctuation:  # first, because a mark it stood between would join what was before it
            text = "".join(character for character in text if not _is_punctuation(character))
        if self.casefold:
            text = unicodedata.normalize("NFD", text).casefold()
        text = unicodedata.normalize("NFC", text).strip()
        if self.articles:
            dropped = {word.casefold() if self.casefold else word for word in self.articles}
            text = " ".join(word for word in text.split() if word not in dropped)
        return " ".join(text.split()) if self.whitespace else text.strip()


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


class TextMatch(Extracting, PerRollout):
    """1 where the extracted text equals an accepted answer after normalisation, else 0.

    There is no "contains the answer": a policy that lists every answer would always win. For a closed set of
    answers, `label_match` finds the one that is named and counts naming two as wrong.
    """

    truth: str = "ground_truth"
    """Where the right text stands: a path such as `ground_truth.title` or `metadata.answers`. One scalar, or
    a list of accepted ones."""
    normalise: Normalise = Normalise()
    """What does not count in the comparison."""

    def score(self, rollout: Rollout) -> Outcome:
        value = rollout.lookup(self.truth)
        if value is None:
            return Unscored(Cause.MISSING_GROUND_TRUTH, f"no {self.truth}")
        accepted = self._accepted(value)
        if not accepted or "" in accepted:
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"{self.truth} holds no text, or one that is empty")
        text = self.taken(rollout.completion)
        if text is None:
            return self.nothing(rollout.completion)
        if len(text) > 8 * max(map(len, accepted)) + SLACK:
            return right_or_wrong(False, "much longer than any accepted answer")
        right = self.normalise(text) in accepted
        return right_or_wrong(right, "an accepted answer" if right else "not an accepted answer")

    def _accepted(self, value: Json) -> Sequence[str] | None:
        texts = [as_text(item) for item in (value if isinstance(value, list) else [value])]
        if None in texts:
            return None
        return [self.normalise(text) for text in texts if text is not None]
