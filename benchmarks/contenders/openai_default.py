"""The openai client with one shared instance, as TRL users write reward functions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import openai

from benchmarks.contenders.worker import Ask, Grade, criterion_by_criterion, work
from benchmarks.workload import ASKED, Sample, messages


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        yield criterion_by_criterion(asking(client), concurrency)


def asking(client: openai.AsyncOpenAI) -> Ask:

    async def ask(sample: Sample, statement: str) -> None:
        reply = await client.chat.completions.create(messages=messages(sample, statement), **ASKED)  # type: ignore[call-overload]
        assert reply.choices[0].logprobs

    return ask


if __name__ == "__main__":
    work(opened)
