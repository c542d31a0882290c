"""From criterion values to the rubric's value: how, and what happens where there is no value."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rubrics.options import Options

Method = Literal["weighted_mean", "min", "product", "all", "holistic"]


class Aggregate(Options):
    """From criterion values to the rubric's value."""

    method: Method = "weighted_mean"
    """With g = m for a criterion worth m, and 1 - m for a pitfall. `weighted_mean`: R = sum(w m) /
    sum(w > 0). `min`: the least g. `product`: of all g. `all`: 1 where each g is at least 0.5, else 0.
    `holistic`: the judge sees all statements with their weights and gives one grade (RaR-implicit, arXiv
    2507.17746)."""
    abstain: Literal["unscored", "skip", "worst"] = "unscored"
    """Where the judge could not tell. `unscored`: no value, as for any other failure. `skip`: the sum is over
    the rest. `worst`: it earns the least, for statements whose truth the text ought to show."""
    min_coverage: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Least share of the weight that must have been judged; with less, the rubric is unscored. Below 1 a
    completion that breaks the judge on its worst criterion gains from that."""
    range: Annotated[list[float] | None, Field(min_length=2, max_length=2)] = None
    """Clip the value to [lowest, highest]. Rollouts beyond it become equal, and equal ones teach nothing."""

    @model_validator(mode="after")
    def _ordered(self) -> "Aggregate":
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("a range is [lowest, highest]")
        return self
