"""The floor in Python: requests written to sockets, replies cut out of them, no error handled."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.contenders.worker import Grade, criterion_by_criterion, work
from benchmarks.lean_http import Client
from benchmarks.workload import ASKED, Sample, messages


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    client = Client(f"{url}/chat/completions")

    async def ask(sample: Sample, statement: str) -> None:
        body = json.dumps({**ASKED, "messages": messages(sample, statement)}).encode()
        answer = await client.post(body)
        assert json.loads(answer.body)["choices"][0]["logprobs"]

    yield criterion_by_criterion(ask, concurrency)
    await client.aclose()


if __name__ == "__main__":
    work(opened)
