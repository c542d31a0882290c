"""OpenJudge's `GradingRunner` with an `LLMGrader` per criterion."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from openjudge.graders.llm_grader import LLMGrader
from openjudge.models.openai_chat_model import OpenAIChatModel
from openjudge.runner.grading_runner import GradingRunner

from benchmarks.contenders.worker import Grade, Step, work
from benchmarks.null_judge.saying import saying
from benchmarks.workload import STATEMENTS, messages, samples

VERDICT = json.dumps({"score": 1, "reason": "It does."})
NO_LIMIT = 100_000


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    model = OpenAIChatModel(model="null-judge", api_key="none", base_url=saying(url, VERDICT), max_retries=0)
    graders = {f"c{number}": _grader(model, text) for number, text in enumerate(STATEMENTS)}
    runner = GradingRunner(graders, max_concurrency=concurrency or NO_LIMIT, show_progress=False)

    async def grade(step: Step) -> None:
        results = await runner.arun(
            [{"post": sample.post, "reasoning": sample.reasoning} for sample in step.samples]
        )
        for number, sample in enumerate(step.samples):
            assert all(results[name][number].score == 1 for name in graders)
            step.judged(sample, len(STATEMENTS))

    yield grade


def _grader(model: OpenAIChatModel, statement: str) -> LLMGrader:
    """The workload's own prompt, with the evidence as fields to be filled in."""
    template = messages(samples(1, 0)[0]._replace(post="{post}", reasoning="{reasoning}"), statement)
    return LLMGrader(model=model, name="criterion", template=template)


if __name__ == "__main__":
    work(opened)
