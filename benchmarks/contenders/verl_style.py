"""A reward function as verl users write it: `compute_score` of one sample, a client session for each call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from benchmarks.contenders.worker import Grade, sample_by_sample, slots, work
from benchmarks.workload import ASKED, STATEMENTS, Sample, messages


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    free = slots(concurrency)

    async def chat(sample: Sample, statement: str) -> bool:
        body = {**ASKED, "messages": messages(sample, statement)}
        async with (
            free,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
            session.post(f"{url}/chat/completions", json=body) as response,
        ):
            response.raise_for_status()
            reply = await response.json()
        return bool(reply["choices"][0]["message"]["content"] == "yes")

    async def compute_score(sample: Sample) -> None:
        verdicts = await asyncio.gather(*(chat(sample, statement) for statement in STATEMENTS))
        assert 0 <= sum(verdicts) / len(verdicts) <= 1

    yield sample_by_sample(compute_score)


if __name__ == "__main__":
    work(opened)
