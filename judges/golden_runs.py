"""Golden cases put to a judge: the same way as a server does it, as often as wanted."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from rubrics.goldens.comparing import Runs
from rubrics.outcome import Outcome
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric

AT_ONCE = 64
"""Cases under way."""

Grade = Callable[[Rubric, Rollout], Awaitable[Outcome]]
"""`judges.grade.grade` with somebody to ask."""


class GoldenRun(msgspec.Struct, frozen=True):
    """What is to be asked about one case."""

    rollout: Rollout
    tried: Rubric | None
    """The rubric that reaches every criterion; None where none is tested."""
    whole: Rubric | None
    """The rubric as it is; None where its value is not tested."""


async def run(cases: Sequence[GoldenRun], grade: Grade, repeat: int = 1) -> list[Runs]:
    """Grade every case `repeat` times, one time after the other: equal questions in flight would be one."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def graded(rubric: Rubric | None, rollout: Rollout) -> Outcome | None:
        if rubric is None:
            return None
        async with slots:
            return await grade(rubric, rollout)

    async def once() -> list[tuple[Outcome | None, Outcome | None]]:
        questions = [(graded(each.tried, each.rollout), graded(each.whole, each.rollout)) for each in cases]
        return await asyncio.gather(*(asyncio.gather(*pair) for pair in questions))

    rounds = [await once() for _ in range(repeat)]
    return [_runs([done[index] for done in rounds]) for index in range(len(cases))]


def _runs(pairs: Sequence[tuple[Outcome | None, Outcome | None]]) -> Runs:
    tried, whole = zip(*pairs, strict=True)
    return Runs([o for o in tried if o is not None], [o for o in whole if o is not None])
