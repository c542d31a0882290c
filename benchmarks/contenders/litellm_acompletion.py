"""LiteLLM's `acompletion`, what many evaluation libraries call underneath."""

import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # no price list from the network

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import litellm

from benchmarks.contenders.worker import Grade, criterion_by_criterion, work
from benchmarks.workload import ASKED, Sample, messages


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    asked = {**ASKED, "model": f"openai/{ASKED['model']}"}

    async def ask(sample: Sample, statement: str) -> None:
        reply = await litellm.acompletion(
            messages=messages(sample, statement), api_base=url, api_key="none", num_retries=0, **asked
        )
        assert reply.choices[0].logprobs

    yield criterion_by_criterion(ask, concurrency)


if __name__ == "__main__":
    work(opened)
