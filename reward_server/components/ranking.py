"""How well the answer orders the candidates it was shown, and whether it moved anything at all."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from reward_server.grading.extract import require_key
from reward_server.grading.permutation import (
    Gains,
    Order,
    ndcg,
    parse_order,
    promotion,
    read_gains,
    read_order,
    recall,
)
from reward_server.reward.component import Bounds, Component, PerRollout
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Rollout, dig

if TYPE_CHECKING:
    from reward_server.reward.surroundings import Surroundings


class Ranking(PerRollout):
    """R = R_rank + alpha R_fmt for a permutation of the candidates shown; `unparseable` for anything else.

    R_rank is the `metric`, alpha is `format_bonus`, R_fmt is 1. Returning the order as it was shown is the
    known hack of such rewards (GR2, arXiv 2602.07774): `condition` decides what that pays.
    """

    metric: Literal["ndcg", "recall", "promotion"] = "ndcg"
    """`ndcg`: NDCG@k with linear gains, in [0, 1]. `recall`: the share of the relevant candidates among the
    first `k`. `promotion`: (rank shown - rank answered) / |D| of the one relevant item, in (-1, 1)."""
    k: Annotated[int, Field(ge=1)] | None = None
    """How many of the first ranks count for `ndcg` and `recall`. Left out: all."""
    field: str | None = None
    """Dotted key of the array of item ids in the JSON answer. Left out: the whole answer is the array."""
    truth: str = "ground_truth"
    """Where relevance stands: an object item -> gain (at least 0), a list of relevant ids, or one id."""
    candidates: str = "metadata.candidates"
    """Where the ids stand in the order they were shown. The answer must be a permutation of them."""
    condition: Literal["none", "promotion_strict", "identity_zero"] = "none"
    """`none`: R_rank + alpha. `promotion_strict` (`promotion` only): alpha counts only where the target was
    promoted, or was at rank 1 and stays there. `identity_zero`: R_rank is 0 where the order shown is returned
    although another one is better."""
    format_bonus: Annotated[float, Field(ge=0)] = 0.0
    """alpha, paid for a well-formed permutation. GR2 re-implementations use 0.2."""
    unparseable: float = -1.0
    """The value of an answer that is no permutation of the candidates: an item missing, repeated or invented,
    or no array at all. It stays in its group like any other."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.condition == "promotion_strict" and self.metric != "promotion":
            raise ValueError("`condition: promotion_strict` needs `metric: promotion`")
        if self.k is not None and self.metric == "promotion":
            raise ValueError("`k` cuts `ndcg` and `recall` off; `metric: promotion` has no use for it")
        return self

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        worst = -1.0 if self.metric == "promotion" else 0.0
        if self.condition != "promotion_strict":
            worst += self.format_bonus
        return min(self.unparseable, worst), max(self.unparseable, 1.0 + self.format_bonus)

    def bind(self, surroundings: "Surroundings") -> Component:
        require_key(self.field, surroundings, "field")
        return self

    def score(self, rollout: Rollout) -> Outcome:
        shown = read_order(rollout.lookup(self.candidates))
        if not shown or len(set(shown)) != len(shown):
            return Unscored(Cause.MISSING_FIELD, f"{self.candidates} is not a list of distinct item ids")
        gains = self._gains(rollout, shown)
        if isinstance(gains, Unscored):
            return gains
        answered = self._answered(rollout.completion)
        if answered is None:
            return Score(
                self.unparseable, f"unparseable: {next(iter(rollout.completion.faults), 'no array of ids')}"
            )
        if len(answered) != len(shown) or set(answered) != set(shown):
            return Score(self.unparseable, "unparseable: not a permutation of the candidates")
        return self._reward(shown, answered, gains)

    def _gains(self, rollout: Rollout, shown: Order) -> Gains | Unscored:
        """The positive gains of the candidates."""
        truth = rollout.lookup(self.truth)
        if truth is None:
            return Unscored(Cause.MISSING_GROUND_TRUTH, f"no {self.truth}")
        gains = read_gains(truth)
        if gains is None:
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"{self.truth} is no relevance of items")
        relevant = {item: gains[item] for item in shown if gains.get(item, 0.0) > 0}
        if not relevant or (self.metric == "promotion" and len(relevant) > 1):
            wanted = "exactly one" if self.metric == "promotion" else "at least one"
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"{wanted} of the candidates must be relevant")
        return relevant

    def _answered(self, completion: Completion) -> Order | None:
        if self.field is None:
            return parse_order(completion.part("answer"))
        return read_order(dig(completion.fields, self.field))

    def _reward(self, shown: Order, answered: Order, gains: Gains) -> Score:
        notes = [self._measured(shown, answered, gains)]
        rank = self._rank(shown, answered, gains)
        if answered == shown:
            notes.append("identity copy")
            if self.condition == "identity_zero" and rank < self._best(shown, gains):
                rank = 0.0
        bonus = self.format_bonus
        if self.condition == "promotion_strict" and not (rank > 0 or answered[0] == shown[0] in gains):
            bonus = 0.0
            notes.append("format bonus withheld")
        return Score(rank + bonus, ", ".join(notes))

    def _rank(self, shown: Order, answered: Order, gains: Gains) -> float:
        if self.metric == "promotion":
            return promotion(shown, answered, next(iter(gains)))
        return (ndcg if self.metric == "ndcg" else recall)(answered, gains, self.k)

    def _best(self, shown: Order, gains: Gains) -> float:
        """R_rank of an optimal order."""
        return self._rank(shown, sorted(shown, key=lambda item: -gains.get(item, 0.0)), gains)

    def _measured(self, shown: Order, answered: Order, gains: Gains) -> str:
        if self.metric == "promotion":
            target = next(iter(gains))
            return (
                f"target from rank {shown.index(target) + 1} to {answered.index(target) + 1} of {len(shown)}"
            )
        cut = f"@{self.k}" if self.k is not None else ""
        return f"{self.metric}{cut} {self._rank(shown, answered, gains):.4f}"
