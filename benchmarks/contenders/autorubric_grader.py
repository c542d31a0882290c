"""autorubric's `CriterionGrader`, which calls LiteLLM."""

import json
import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # no price list from the network

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from autorubric import LLMConfig, Rubric
from autorubric.graders import CriterionGrader

from benchmarks.contenders.worker import Grade, sample_by_sample, work
from benchmarks.null_judge.saying import saying
from benchmarks.workload import STATEMENTS, Sample

VERDICT = json.dumps({"criterion_status": "MET", "explanation": "It does."})


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    config = LLMConfig(
        model="openai/null-judge",
        api_base=saying(url, VERDICT),
        api_key="none",
        max_parallel_requests=concurrency,
        max_retries=1,
        temperature=0.0,
    )
    grader = CriterionGrader(judge_model_config=config)
    rubric = Rubric.from_dict([{"weight": 1.0, "requirement": statement} for statement in STATEMENTS])

    async def judge(sample: Sample) -> None:
        report = await rubric.grade(to_grade=sample.reasoning, grader=grader, query=sample.post)
        assert report.score == 1.0, report

    yield sample_by_sample(judge)


if __name__ == "__main__":
    work(opened)
