"""A length in the right range: neither collapsed to a bare label nor padded."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from reward_server.grading.measured import Measured
from reward_server.grading.threaded import Threaded
from reward_server.reward.component import Component, PerRollout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Rollout

if TYPE_CHECKING:
    from typing import Self

    from reward_server.reward.surroundings import Surroundings

Length = Annotated[int, Field(ge=0)]
Span = Annotated[list[Length | None], Field(min_length=2, max_length=2)]
"""Two lengths; null as the second means no upper end."""


class TargetLength(Measured, PerRollout):
    """R_len of the moderation recipe (arXiv 2512.20061, section 3.2, which gives no formula): a trapezoid.

    1 on `full`, 0 outside `zero`, linear in between. The defaults are ours, around the paper's healthy 250
    words of reasoning and its collapsed 50.
    """

    full: Span = [150, 400]
    """The lengths that earn 1, in `unit`: [least, greatest], both included; [least, null]: no upper end."""
    zero: Span = [50, 800]
    """The lengths that earn 0, in `unit`: up to the first and from the second on. Where it equals its
    neighbour in `full` there is a step, and the length itself still earns 1."""

    @model_validator(mode="after")
    def _ascending(self) -> "Self":
        rise, fall = (self.zero[0], self.full[0]), (self.full[1], self.zero[1])
        if None in rise:
            raise ValueError("the first length of `full` and `zero` is a number; 0 stands for no lower end")
        if (fall[0] is None) != (fall[1] is None):
            raise ValueError("for no upper end, the second length of both `full` and `zero` is null")
        ends = [end for end in (*rise, *fall) if end is not None]
        if ends != sorted(ends):
            found = ", ".join(map(str, ends))
            raise ValueError(
                f"the lengths must ascend, zero[0] <= full[0] <= full[1] <= zero[1], found {found}"
            )
        return self

    def bind(self, surroundings: "Surroundings") -> Component:
        bound = self.with_tokenizer(surroundings)
        return bound if self.tokenizer is None else Threaded(inner=bound)

    def score(self, rollout: Rollout) -> Outcome:
        length = self.measure(rollout)
        if isinstance(length, Unscored):
            return length
        return Score(self.value(length), f"{length} {self.unit}")

    def value(self, length: int) -> float:
        """The height of the trapezoid at `length`, in [0, 1]."""
        rise, fall = self.zero[0], self.zero[1]
        least, greatest = self.full
        assert rise is not None
        assert least is not None
        if length < least:
            return max(length - rise, 0) / (least - rise) if least > rise else 0.0
        if greatest is None or fall is None or length <= greatest:
            return 1.0
        return max(fall - length, 0) / (fall - greatest) if fall > greatest else 0.0
