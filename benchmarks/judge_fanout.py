"""Fan-out: one step's judge calls, 1,024 rollouts x 4 criteria, 64 at a time, against a judge of 50 ms.

    python benchmarks/judge_fanout.py [--rounds 3] [--calls 4096]

Three ways to make the same calls, interleaved so that they share the machine's moods:

    gavel     prompts rendered, calls made, verdicts read and summed (`judges.grade.grade`)
    aiohttp   a bare loop: bytes out, JSON in, nothing checked
    openai    AsyncOpenAI with one shared client, an eighth of the calls

Efficiency is the ideal time, ceil(calls / 64) x 50 ms, over the measured one. CPU is this process's alone;
the judge, `python -m judges.sim`, is a process of its own. Trust the ratios; the times are the machine's.
"""

import argparse
import asyncio
import json
import math
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import aiohttp
import openai
import uvloop

from judges.grade import grade
from judges.judge import Judge
from judges.openai import Openai
from judges.prompt import frame
from rubrics.completion import Completion
from rubrics.inputs import read_inputs
from rubrics.outcome import Score, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric

LATENCY_S = 0.05
CONCURRENCY = 64
STATEMENTS = ["names a clause", "quotes the post", "weighs an exception", "reaches a conclusion"]
RUBRIC = Rubric.model_validate(
    {
        "schema": "rubric/v1",
        "id": "fanout",
        "guidelines": "Judge the reasoning, not the post.",
        "inputs": {"post": {"from": "prompt"}, "reasoning": {"from": "completion"}},
        "criteria": [{"id": f"c{n}", "ask": f"The reasoning {text}."} for n, text in enumerate(STATEMENTS)],
    }
)


class Run(NamedTuple):
    """One way's measured round."""

    calls: int
    wall_s: float
    cpu_s: float

    @property
    def efficiency(self) -> float:
        return math.ceil(self.calls / CONCURRENCY) * LATENCY_S / self.wall_s

    @property
    def cpu_us(self) -> float:
        return self.cpu_s / self.calls * 1e6


Way = Callable[[str, list[Rollout]], Coroutine[None, None, None]]


def rollouts(count: int) -> list[Rollout]:
    """Rollouts in groups of 8, each with a completion of about 1,600 characters."""
    text = "The post belittles one member, which clause 1(a) does not allow. " * 25
    return [
        Rollout(id=f"r{n}", completion=Completion(f"{n}: {text}"), prompt=f"Post {n // 8}: {text[:600]}")
        for n in range(count)
    ]


async def gavel(url: str, found: list[Rollout]) -> None:
    options = {"base_url": url, "model": "gavel-sim", "max_concurrency": CONCURRENCY}
    judge = Judge.of(Openai.model_validate(options))
    outcomes = await asyncio.gather(*(grade(RUBRIC, rollout, judge) for rollout in found))
    await judge.aclose()
    assert all(isinstance(outcome, Score) for outcome in outcomes)


def requests(found: list[Rollout]) -> list[dict[str, object]]:
    bodies: list[dict[str, object]] = []
    for rollout in found:
        texts = read_inputs(RUBRIC.inputs, rollout)
        assert not isinstance(texts, Unscored)
        shared = frame(RUBRIC, texts)
        common = {
            "model": "gavel-sim",
            "max_tokens": 1,
            "temperature": 0.0,
            "logprobs": True,
            "top_logprobs": 20,
        }
        bodies += [{**common, "messages": shared.ask(criterion)} for criterion in RUBRIC.criteria]
    return bodies


async def in_slots(calls: list[Awaitable[None]]) -> None:
    slots = asyncio.Semaphore(CONCURRENCY)

    async def one(call: Awaitable[None]) -> None:
        async with slots:
            await call

    await asyncio.gather(*map(one, calls))


async def bare_aiohttp(url: str, found: list[Rollout]) -> None:
    headers = {"Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def call(body: bytes) -> None:
            async with session.post(f"{url}/chat/completions", data=body) as response:
                assert json.loads(await response.read())["choices"]

        await in_slots([call(json.dumps(body).encode()) for body in requests(found)])


async def openai_client(url: str, found: list[Rollout]) -> None:
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def call(body: dict[str, object]) -> None:
            reply = await client.chat.completions.create(**body)  # type: ignore[call-overload]
            assert reply.choices[0].logprobs

        await in_slots([call(body) for body in requests(found)])


def measured(way: Way, url: str, found: list[Rollout]) -> Run:
    wall, cpu = time.perf_counter(), time.process_time()
    uvloop.run(way(url, found))
    return Run(len(found) * len(STATEMENTS), time.perf_counter() - wall, time.process_time() - cpu)


@contextmanager
def judge_process() -> Iterator[str]:
    """Run a simulated judge with slots to spare; its base URL."""
    command = [sys.executable, "-m", "judges.sim", "--port", "0", "--slots", "256", "--prefill-tps", "0"]
    with subprocess.Popen([*command, "--ttft", str(LATENCY_S)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://[^\s,]+", process.stdout.readline())
        assert found, "the simulated judge did not start"
        yield found[0]
        process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=4096)
    options = parser.parse_args()
    found = rollouts(options.calls // len(STATEMENTS))
    ways: dict[str, tuple[Way, list[Rollout]]] = {
        "gavel": (gavel, found),
        "aiohttp": (bare_aiohttp, found),
        "openai": (openai_client, found[: len(found) // 8]),
    }
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    with judge_process() as url:
        measured(gavel, url, found[:64])  # imports and first connections are nobody's
        for _ in range(options.rounds):
            for name, (way, sample) in ways.items():
                runs[name].append(measured(way, url, sample))
    report(runs)


def report(runs: dict[str, list[Run]]) -> None:
    print("simulated judge, 64 concurrent, 50 ms; medians")
    print(f"{'':10}{'calls':>7}{'wall s':>9}{'efficiency':>12}{'CPU us/call':>13}{'CPU, gavel = 1':>16}")
    cpu = {name: statistics.median(run.cpu_us for run in found) for name, found in runs.items()}
    for name, found in runs.items():
        wall = statistics.median(run.wall_s for run in found)
        efficiency = statistics.median(run.efficiency for run in found)
        ratio = cpu[name] / cpu["gavel"]
        print(f"{name:10}{found[0].calls:7}{wall:9.2f}{efficiency:12.2f}{cpu[name]:13.0f}{ratio:16.2f}")


if __name__ == "__main__":
    main()
