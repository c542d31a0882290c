"""The options and the measuring of components whose value depends on a length and on being right."""

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from pydantic import PrivateAttr

from reward_server.grading.measured import Measured, Unit
from reward_server.reward.component import Component
from reward_server.reward.entry import bound_component
from rubrics.completion import Part
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Group, Json

if TYPE_CHECKING:
    from reward_server.reward.surroundings import Surroundings


class Sized(NamedTuple):
    """How long a completion is, and whether it is right."""

    length: int
    right: bool

    def told(self, unit: Unit) -> str:
        """Say so."""
        return f"{'right' if self.right else 'wrong'}, {self.length} {unit}"


class CorrectLength(Measured):
    """A component that measures the completions of a group, and asks another one which of them are right."""

    correct: dict[str, Json]
    """The component that says whether the completion is right, `{use: ..., its options}`. Its value enters
    no sum; where it is unscored, so is this."""
    at_least: float = 1.0
    """The completion is right where `correct` gives at least this value."""
    of: Part = "all"
    """What is measured: `all` of the completion as in the paper, its `reasoning`, or its `answer`."""
    unit: Unit = "tokens"
    """`tokens` as in the paper (`completion_tokens` for `of: all`, the `tokenizer` otherwise), `words`
    (whitespace-separated; two characters each in scripts without spaces) or `characters` (code points)."""

    _correct: Component | None = PrivateAttr(None)

    @property
    def relative(self) -> bool:  # type: ignore[override]
        return self._correct is not None and self._correct.relative

    @property
    def questions(self) -> int:  # type: ignore[override]
        return 0 if self._correct is None else self._correct.questions

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

    async def sized(self, group: Group) -> list[Sized | Unscored]:
        """The length of each completion and whether it is right."""
        assert self._correct is not None, "bind() opens the nested component"
        lengths = await self._lengths(group)
        verdicts = await self._correct(group)
        return [self._sized(*pair) for pair in zip(lengths, verdicts, strict=True)]

    async def _lengths(self, group: Group) -> list[int | Unscored]:
        if self.tokenizer is None:
            return [self.measure(rollout) for rollout in group]
        return await asyncio.to_thread(lambda: [self.measure(rollout) for rollout in group])

    def _sized(self, length: int | Unscored, verdict: Outcome) -> Sized | Unscored:
        if isinstance(verdict, Unscored):
            return Unscored(verdict.cause, f"correct: {verdict.detail or verdict.cause}")
        return length if isinstance(length, Unscored) else Sized(length, verdict.value >= self.at_least)
