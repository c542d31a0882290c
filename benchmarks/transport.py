"""The transport by itself: CPU of one call, 64 at a time, 2 KB out and 2 KB back, over one uvloop.

    python -m benchmarks.transport [--rounds 5] [--calls 8192] [--concurrent 64] [--delay 0.02]

    raw sockets   the floor: bytes written, the reply cut out of the stream, nothing checked
    http          `judges.transport`: the reply read as HTTP, its connection fit to be used again
    openai        `use: openai`: the request's JSON written, the reply bound to its call and read strictly
    aiohttp       bare: bytes out, bytes in, nothing checked

The ways take turns in one process. CPU is that process's alone, user and system; the judge is another.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple

import aiohttp
import uvloop

from benchmarks.judge_process import null_judge
from benchmarks.lean_http import Client
from judges.backends.openai import Openai
from judges.request import Prompt, Request, Shared
from judges.transport.http import Http

Call = Callable[[], Awaitable[object]]
Way = Callable[[str], AbstractAsyncContextManager[Call]]

EVIDENCE = "Post: it belittles one member, which clause 1(a) does not allow. " * 32
REQUEST = Request(Prompt(Shared("Be strict.", EVIDENCE), "Criterion: it is fair."), ("yes", "no"))
FIELDS = b'{"model":"null-judge","max_tokens":1,"logprobs":true,"top_logprobs":20,"messages":'
BODY = FIELDS + REQUEST.prompt.shared.json + b'Criterion: it is fair."}]}'


@asynccontextmanager
async def raw_sockets(url: str) -> AsyncIterator[Call]:
    client = Client(f"{url}/chat/completions")

    async def call() -> None:
        assert (await client.post(BODY)).status == 200

    yield call
    await client.aclose()


@asynccontextmanager
async def own_http(url: str) -> AsyncIterator[Call]:
    http = Http(f"{url}/chat/completions", {}, connections=None, max_bytes=2**20)

    async def call() -> None:
        assert (await http.post(BODY, {"X-Request-Id": "0123456789abcdef"})).status == 200

    yield call
    await http.aclose()


@asynccontextmanager
async def openai(url: str) -> AsyncIterator[Call]:
    backend = Openai.model_validate({"base_url": url, "model": "null-judge"}).open()

    async def call() -> None:
        assert (await backend(REQUEST)).echoes

    yield call
    await backend.aclose()


@asynccontextmanager
async def bare_aiohttp(url: str) -> AsyncIterator[Call]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def call() -> None:
            async with session.post(f"{url}/chat/completions", data=BODY) as response:
                assert await response.read()

        yield call


WAYS: dict[str, Way] = {
    "raw sockets": raw_sockets,
    "http": own_http,
    "openai": openai,
    "aiohttp": bare_aiohttp,
}


class Run(NamedTuple):
    """What a call took, in microseconds."""

    cpu: float
    wall: float


async def measured(way: Way, url: str, calls: int, concurrent: int) -> Run:
    async with way(url) as call:
        await in_turn(call, iter(range(concurrent)), concurrent)
        wall, cpu = time.perf_counter(), time.process_time()
        await in_turn(call, iter(range(calls)), concurrent)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Run(cpu / calls * 1e6, wall / calls * 1e6)


async def in_turn(call: Call, numbers: Iterator[int], concurrent: int) -> None:
    async def worker() -> None:
        for _ in numbers:
            await call()

    await asyncio.gather(*(worker() for _ in range(concurrent)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=8192)
    parser.add_argument("--concurrent", type=int, default=64)
    parser.add_argument("--delay", type=float, default=0.02)
    options = parser.parse_args()
    runs: dict[str, list[Run]] = {name: [] for name in WAYS}
    with null_judge("--delay", str(options.delay)) as (url,):
        for _ in range(options.rounds):
            for name, way in WAYS.items():
                runs[name].append(uvloop.run(measured(way, url, options.calls, options.concurrent)))
    report(runs)


def report(runs: dict[str, list[Run]]) -> None:
    floor = statistics.median(run.cpu for run in runs["raw sockets"])
    print(f"{'':13}{'CPU us/call':>12}{'least':>8}{'wall us/call':>14}{'CPU, raw = 1':>14}")
    for name, found in runs.items():
        cpu = statistics.median(run.cpu for run in found)
        wall = statistics.median(run.wall for run in found)
        print(f"{name:13}{cpu:12.1f}{min(run.cpu for run in found):8.1f}{wall:14.1f}{cpu / floor:14.2f}")


if __name__ == "__main__":
    main()
