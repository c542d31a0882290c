"""Bare pyreqwest, a client in Rust: one client, bytes out, JSON in, nothing checked."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pyreqwest.client import ClientBuilder

from benchmarks.contenders.worker import Grade, criterion_by_criterion, work
from benchmarks.workload import ASKED, Sample, messages


@asynccontextmanager
async def opened(url: str, concurrency: int | None) -> AsyncIterator[Grade]:
    headers = {"Content-Type": "application/json"}
    async with ClientBuilder().http1_only().no_proxy().build() as client:

        async def ask(sample: Sample, statement: str) -> None:
            body = json.dumps({**ASKED, "messages": messages(sample, statement)}).encode()
            request = client.post(f"{url}/chat/completions").headers(headers).body_bytes(body).build()
            reply = await request.send()
            assert json.loads((await reply.bytes()).to_bytes())["choices"][0]["logprobs"]

        yield criterion_by_criterion(ask, concurrency)


if __name__ == "__main__":
    work(opened)
