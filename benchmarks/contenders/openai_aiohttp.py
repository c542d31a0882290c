"""The openai client over its aiohttp transport, the faster of the two it offers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import openai

from benchmarks.contenders.openai_default import asking
from benchmarks.contenders.worker import Grade, criterion_by_criterion, work


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    transport = openai.DefaultAioHttpClient()
    async with openai.AsyncOpenAI(
        base_url=url, api_key="none", max_retries=0, http_client=transport
    ) as client:
        yield criterion_by_criterion(asking(client), concurrency)


if __name__ == "__main__":
    work(opened)
