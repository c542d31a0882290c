"""Bare aiohttp: one session, bytes out, JSON in, nothing checked; several replicas in turn."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

import aiohttp

from benchmarks.contenders.worker import Grade, criterion_by_criterion, work
from benchmarks.workload import ASKED, Sample, messages


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    urls = cycle(f"{each}/chat/completions" for each in url.split())
    headers = {"Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=concurrency or 0)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def ask(sample: Sample, statement: str) -> None:
            body = json.dumps({**ASKED, "messages": messages(sample, statement)}).encode()
            async with session.post(next(urls), data=body) as response:
                assert json.loads(await response.read())["choices"][0]["logprobs"]

        yield criterion_by_criterion(ask, concurrency)


if __name__ == "__main__":
    work(opened)
