"""A length reward whose direction depends on being right: short when right, long when wrong."""

import asyncio
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PrivateAttr

from reward_server.grading.measured import Measured, Unit
from reward_server.reward.component import Bounds, Component
from reward_server.reward.entry import bound_component
from rubrics.completion import Part
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Json

if TYPE_CHECKING:
    from reward_server.reward.surroundings import Surroundings

Ends = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Two values: at length 0, and at `max_length`."""


class CosineLength(Measured):
    """The cosine reward of Yeo et al. (arXiv 2502.03373): v_T + (v_0 - v_T) (1 + cos(pi t / T)) / 2.

    t is the length, T is `max_length`, v_0 and v_T are the ends of `right` or `wrong`. Clamped: beyond T the
    value stays v_T, where an unclamped cosine would turn back. It rewards SHORT right answers, the opposite
    of `target_length`.
    """

    correct: dict[str, Json]
    """The component that says whether the completion is right, `{use: ..., its options}`. Its value enters
    no sum; where it is unscored, so is this."""
    at_least: float = 1.0
    """The completion is right where `correct` gives at least this value."""
    right: Ends = [1.0, 0.5]
    """Values of a right completion at length 0 and at `max_length`. The defaults are ms-swift's."""
    wrong: Ends = [-0.5, 0.0]
    """Values of a wrong completion at length 0 and at `max_length`. The defaults are ms-swift's."""
    max_length: Annotated[int, Field(gt=0)] = 1000
    """T, in `unit`."""
    of: Part = "all"
    """What is measured: `all` of the completion as in the paper, its `reasoning`, or its `answer`."""
    unit: Unit = "tokens"
    """`tokens` as in the paper (`completion_tokens` for `of: all`, the `tokenizer` otherwise), `words`
    (whitespace-separated; two characters each in scripts without spaces) or `characters` (code points)."""

    _correct: Component | None = PrivateAttr(None)

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        ends = (*self.right, *self.wrong)
        return min(ends), max(ends)

    def bind(self, surroundings: "Surroundings") -> Component:
        bound = self.with_tokenizer(surroundings)
        bound._correct = bound_component(self.correct, surroundings.inside("correct"))  # noqa: SLF001 - a copy of self
        return bound

    def identity(self) -> Json:
        own = super().identity()
        assert isinstance(own, dict)
        if self._correct is None:
            return own
        return own | {"correct": {"use": self.correct["use"], "options": self._correct.identity()}}

    async def aclose(self) -> None:
        if self._correct is not None:
            await self._correct.aclose()

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        assert self._correct is not None, "bind() opens the nested component"
        lengths = await self._lengths(group)
        verdicts = await self._correct(group)
        return [self._outcome(*pair) for pair in zip(lengths, verdicts, strict=True)]

    async def _lengths(self, group: Group) -> list[int | Unscored]:
        if self.tokenizer is None:
            return [self.measure(rollout) for rollout in group]
        return await asyncio.to_thread(lambda: [self.measure(rollout) for rollout in group])

    def _outcome(self, length: int | Unscored, verdict: Outcome) -> Outcome:
        if isinstance(verdict, Unscored):
            return Unscored(verdict.cause, f"correct: {verdict.detail or verdict.cause}")
        if isinstance(length, Unscored):
            return length
        right = verdict.value >= self.at_least
        return Score(self.value(length, right), f"{'right' if right else 'wrong'}, {length} {self.unit}")

    def value(self, length: int, right: bool) -> float:
        """The reward at `length`."""
        start, end = self.right if right else self.wrong
        turned = math.pi * min(length, self.max_length) / self.max_length
        return end + (start - end) * (1 + math.cos(turned)) / 2
