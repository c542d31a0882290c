"""A soft penalty for completions that near the trainer's length limit."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from reward_server.grading.measured import Tokenized
from reward_server.grading.penalty import Scale, bounds_of, scaled
from reward_server.grading.threaded import Threaded
from reward_server.reward.component import Bounds, Component, PerRollout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Rollout

if TYPE_CHECKING:
    from typing import Self

    from reward_server.reward.surroundings import Surroundings


class Overlong(Tokenized, PerRollout):
    """DAPO's soft overlong punishment (arXiv 2503.14476, Eq. 13).

    With L tokens, L_max = `max_tokens` and L_cache = `cache_tokens`: 0 for L <= L_max - L_cache,
    (L_max - L_cache - L) / L_cache up to L_max, -1 beyond.
    """

    max_tokens: Annotated[int, Field(gt=0)]
    """L_max: the trainer's greatest response length, in the policy's tokens. The paper's is 20480."""
    cache_tokens: Annotated[int, Field(gt=0)]
    """L_cache: how many tokens before `max_tokens` the penalty starts. The paper's is 4096."""
    scale: Scale = "penalty"
    """`penalty`: in [-1, 0], as in the paper. `score`: the same plus 1, in [0, 1], for a reward whose other
    components are in [0, 1]."""

    @model_validator(mode="after")
    def _cache_fits(self) -> "Self":
        if self.cache_tokens > self.max_tokens:
            raise ValueError(
                f"`cache_tokens` ({self.cache_tokens}) is a part of `max_tokens` ({self.max_tokens}): "
                "it cannot be longer"
            )
        return self

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        return bounds_of(self.scale)

    def bind(self, surroundings: "Surroundings") -> Component:
        bound = self.with_tokenizer(surroundings)
        return bound if self.tokenizer is None else Threaded(inner=bound)

    def score(self, rollout: Rollout) -> Outcome:
        length = self.count(rollout)
        if isinstance(length, Unscored):
            return length
        return Score(scaled(self.penalty(length), self.scale), f"{length} of {self.max_tokens} tokens")

    def penalty(self, length: int) -> float:
        """The punishment for `length` tokens, in [-1, 0]."""
        free = self.max_tokens - self.cache_tokens
        return max((free - length) / self.cache_tokens, -1.0) if length > free else 0.0
