"""verifiers' `JudgeRubric`: a reward function per criterion, the groups of the step scored at once."""

import asyncio
import os

os.environ.setdefault("OPENAI_API_KEY", "none")

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import openai
import verifiers

from benchmarks.contenders.worker import Grade, Step, slots, work
from benchmarks.null_judge.saying import saying
from benchmarks.workload import STATEMENTS, Sample


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    free = slots(concurrency)

    def criterion(number: int, statement: str) -> Callable[..., object]:
        async def met(judge: Callable[..., object], prompt: str, completion: str) -> float:
            async with free:
                reply = await judge(prompt, completion, statement)  # type: ignore[misc]
            return float(reply == "yes")

        met.__name__ = f"c{number}"
        return met

    async with openai.AsyncOpenAI(base_url=saying(url, "yes"), api_key="none", max_retries=0) as client:
        rubric = verifiers.JudgeRubric(judge_client=client, judge_model="null-judge")
        for number, statement in enumerate(STATEMENTS):
            rubric.add_reward_func(criterion(number, statement))

        async def group(step: Step, found: list[Sample]) -> None:
            states = [_state(sample) for sample in found]
            await rubric.score_group(states)
            for sample, state in zip(found, states, strict=True):
                assert state["reward"] == len(STATEMENTS)
                step.judged(sample, len(STATEMENTS))

        async def grade(step: Step) -> None:
            await asyncio.gather(*(group(step, found) for found in step.groups))

        yield grade


def _state(sample: Sample) -> verifiers.State:
    return verifiers.State(
        prompt=[{"role": "user", "content": sample.post}],
        completion=[{"role": "assistant", "content": sample.reasoning}],
        trajectory=[],
    )


if __name__ == "__main__":
    work(opened)
