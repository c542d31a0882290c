"""A penalty for saying the same thing again: the cheapest way to make a text longer."""

from itertools import islice
from typing import Annotated

from pydantic import Field

from reward_server.grading.penalty import Scale, bounds_of, scaled
from reward_server.reward.component import Bounds, PerRollout
from rubrics.completion import Part
from rubrics.outcome import Outcome, Score
from rubrics.rollout import Rollout
from rubrics.text_length import words


class Repetition(PerRollout):
    """The n-gram repetition penalty of Yeo et al. (arXiv 2502.03373) in TRL's form: the share of repeats.

    Of N n-grams of words, in lower case, of which D are distinct, the share of repeats is 1 - D / N.
    A text shorter than one n-gram repeats nothing.
    """

    of: Part = "reasoning"
    """What is read: the `reasoning` between its tags, the `answer` after it, or `all` of the completion."""
    ngram: Annotated[int, Field(ge=1, le=10)] = 3
    """Words in an n-gram. Scripts without spaces count two characters as a word."""
    max_penalty: Annotated[float, Field(gt=0)] = 1.0
    """The penalty is the share of repeats times this."""
    scale: Scale = "penalty"
    """`penalty`: in [-max_penalty, 0], as in the paper. `score`: the same plus 1, for a reward whose other
    components are in [0, 1]."""

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        return bounds_of(self.scale, self.max_penalty)

    def score(self, rollout: Rollout) -> Outcome:
        share = repeated(rollout.completion.part(self.of), self.ngram)
        penalty = 0.0 - self.max_penalty * share
        return Score(scaled(penalty, self.scale), f"{share:.1%} repeated {self.ngram}-grams")


def repeated(text: str, ngram: int) -> float:
    """The share of the n-grams of words that stood in `text` before, in [0, 1). Linear for a fixed n."""
    found = words(text.lower())
    total = len(found) - ngram + 1
    if total < 1:
        return 0.0
    distinct = len(set(zip(*(islice(found, start, None) for start in range(ngram)), strict=False)))
    return 1 - distinct / total
