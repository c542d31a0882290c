"""Ours, whole: prompts rendered, cache asked, calls scheduled and made, verdicts read, kept and summed."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.contenders.worker import Grade, Step, work
from benchmarks.workload import RUBRIC, STATEMENTS, Sample
from judges.backends.openai import Openai
from judges.grade import Grader
from judges.judge import Judge
from reward_server.http.server import collect_rarely
from rubrics.completion import Completion
from rubrics.outcome import Score
from rubrics.rollout import Group, Rollout
from rubrics.rubric import Rubric

STEP_RUBRIC = Rubric.model_validate(RUBRIC)


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    """A judge with the options it has by default; its verdict cache starts empty in a folder of its own."""
    urls = url.split()
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "base_url": urls if len(urls) > 1 else url,
            "model": "null-judge",
            "max_concurrency": concurrency,
            "cache": {"path": f"{folder}/verdicts.sqlite3"},
        }
        collect_rarely()  # as the server does
        judge = Judge.of(Openai.model_validate(options))
        grader = Grader(STEP_RUBRIC, [judge])

        async def group(step: Step, found: list[Sample]) -> None:
            outcomes = await grader.grade_group(rollouts_of(found))
            for sample, outcome in zip(found, outcomes, strict=True):
                assert isinstance(outcome, Score), outcome
                step.judged(sample, len(STATEMENTS))

        async def grade(step: Step) -> None:
            await asyncio.gather(*(group(step, found) for found in step.groups))

        try:
            yield grade
        finally:
            await judge.aclose()


def rollouts_of(found: list[Sample]) -> Group:
    """The group as the reward server has it."""
    return Group(
        f"g{found[0].group}",
        [
            Rollout(id=f"r{sample.number}", completion=Completion(sample.reasoning), prompt=sample.post)
            for sample in found
        ],
    )


if __name__ == "__main__":
    work(opened)
