"""rubric's `PerCriterionGrader` over one openai client; its README makes a client for each call."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import openai
from rubric import PerCriterionOutput, Rubric
from rubric.autograders import PerCriterionGrader

from benchmarks.contenders.worker import Grade, sample_by_sample, slots, work
from benchmarks.null_judge.saying import saying
from benchmarks.workload import STATEMENTS, Sample

VERDICT = json.dumps({"criterion_status": "MET", "explanation": "It does."})


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    free = slots(concurrency)
    async with openai.AsyncOpenAI(base_url=saying(url, VERDICT), api_key="none", max_retries=0) as client:
        schema = {"name": "criterion_output", "schema": PerCriterionOutput.model_json_schema()}

        async def generate(system_prompt: str, user_prompt: str) -> PerCriterionOutput:
            async with free:
                reply = await client.chat.completions.create(  # type: ignore[call-overload]
                    model="null-judge",
                    messages=[
                        {"role": "system", "content": system_prompt},
                        {"role": "user", "content": user_prompt},
                    ],
                    response_format={"type": "json_schema", "json_schema": schema},
                    max_tokens=64,
                    temperature=0.0,
                )
            return PerCriterionOutput.model_validate_json(reply.choices[0].message.content or "{}")

        grader = PerCriterionGrader(generate_fn=generate)
        rubric = Rubric.from_dict([{"weight": 1.0, "requirement": statement} for statement in STATEMENTS])

        async def judge(sample: Sample) -> None:
            report = await rubric.grade(query=sample.post, to_grade=sample.reasoning, autograder=grader)
            assert report.score == 1.0

        yield sample_by_sample(judge)


if __name__ == "__main__":
    work(opened)
