"""How a rubric's statements are put to its judges. Who they are and where is the reward file's business."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rubrics.options import Options

MAX_SAMPLES = 25
MAX_BATCH = 24

Reduce = Literal["mean", "majority", "min"]
"""How several votes on one statement become one finding."""

Samples = Annotated[int, Field(ge=1, le=MAX_SAMPLES)]


class Batch(Options):
    """Several statements in one question."""

    batch: Annotated[int, Field(ge=2, le=MAX_BATCH)]
    """Most statements that are put together."""


class Judging(Options):
    """How statements are put to judges, and how their votes are counted."""

    mode: Literal["per_criterion", "all"] | Batch = "per_criterion"
    """`per_criterion`: a question for each statement, which judges answer best. `{batch: k}`: up to k in one
    question. `all`: all that are asked at a time. Several at once cost fewer calls; the answers are then
    words without probabilities, and may depend on each other."""
    reason_first: bool = False
    """Have the judge reason in words before it answers: one more call for each statement."""
    samples: Samples = 1
    """How often each judge is asked each statement. Votes differ where its `temperature` is above 0."""
    reduce: Reduce = "mean"
    """How votes become one finding. `mean` of their values; `majority`: what more than half of them found, or
    the mean where there is no such; `min`: the one that earns least. With `majority` and `min`, asking stops
    as soon as the outcome is certain."""
    min_votes: Annotated[int, Field(ge=1)] | None = None
    """Fewest votes that must have been given; with fewer, the statement has no value. Left out: all."""

    @model_validator(mode="after")
    def _one_at_a_time(self) -> "Judging":
        if self.mode != "per_criterion" and self.reason_first:
            raise ValueError("`reason_first` is for `mode: per_criterion`")
        return self

    @property
    def batch(self) -> int:
        """Most statements in one question."""
        if isinstance(self.mode, Batch):
            return self.mode.batch
        return 1 if self.mode == "per_criterion" else MAX_BATCH
