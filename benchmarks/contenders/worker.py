"""A contender's process: takes a step's rollouts, has them judged, and says how long that took.

It runs in the contender's own environment, so it needs nothing but the standard library, and speaks JSON
lines over its standard streams: `{"url", "concurrency"}` opens the client, each `{"rollouts", "step"}` is one
step with it and is answered with the figures of a `Run`, `{}` closes it.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext

from benchmarks.workload import STATEMENTS, Sample, samples

LONGEST_S = 300.0
"""A step that takes longer never ends."""


class Step:
    """The rollouts to be judged, and who has been."""

    def __init__(self, found: list[Sample]) -> None:
        self.samples = found
        self.groups: list[list[Sample]] = [[] for _ in range(found[-1].group + 1)]
        for sample in found:
            self.groups[sample.group].append(sample)
        self._left = [len(group) * len(STATEMENTS) for group in self.groups]
        self._started = time.perf_counter()
        self.finished_s: list[float] = []
        """When each group was done, first to last."""

    def judged(self, sample: Sample, verdicts: int = 1) -> None:
        """Count verdicts that a sample got."""
        self._left[sample.group] -= verdicts
        if not self._left[sample.group]:
            self.finished_s.append(time.perf_counter() - self._started)

    @property
    def unjudged(self) -> int:
        """Verdicts still missing."""
        return sum(map(abs, self._left))


Grade = Callable[[Step], Awaitable[None]]
"""Has every sample of a step judged by every criterion."""

Open = Callable[[str, int | None], AbstractAsyncContextManager[Grade]]
"""A client of the judge at a base URL, with so many calls at once at most; None is no limit."""

Ask = Callable[[Sample, str], Awaitable[None]]
"""Puts one criterion; raises unless there is a verdict."""


def slots(concurrency: int | None) -> "asyncio.Semaphore | nullcontext[None]":
    """What holds a call back while too many run."""
    return nullcontext() if concurrency is None else asyncio.Semaphore(concurrency)


def criterion_by_criterion(ask: Ask, concurrency: int | None) -> Grade:
    """A reward function per criterion, each over the whole batch and all at once, as TRL calls them."""
    free = slots(concurrency)

    async def one(step: Step, sample: Sample, statement: str) -> None:
        async with free:
            await ask(sample, statement)
        step.judged(sample)

    async def reward(step: Step, statement: str) -> None:
        await asyncio.gather(*(one(step, sample, statement) for sample in step.samples))

    async def grade(step: Step) -> None:
        await asyncio.gather(*(reward(step, statement) for statement in STATEMENTS))

    return grade


def sample_by_sample(judge: Callable[[Sample], Awaitable[None]]) -> Grade:
    """A library that judges a rollout as a whole, called for all of them at once."""

    async def one(step: Step, sample: Sample) -> None:
        await judge(sample)
        step.judged(sample, len(STATEMENTS))

    async def grade(step: Step) -> None:
        await asyncio.gather(*(one(step, sample) for sample in step.samples))

    return grade


async def measured(grade: Grade, step: Step) -> dict[str, object]:
    """Seconds of wall and of this process's CPU, and when the groups were done."""
    wall, cpu = time.perf_counter(), time.process_time()
    async with asyncio.timeout(LONGEST_S):
        await grade(step)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if step.unjudged:
        raise AssertionError(f"{step.unjudged} verdicts are missing")
    calls = len(step.samples) * len(STATEMENTS)
    return {"calls": calls, "wall_s": wall, "cpu_s": cpu, "groups_s": step.finished_s}


async def _work(open_: Open, answers: int) -> None:
    loop = asyncio.get_running_loop()

    async def command() -> dict[str, object]:
        return json.loads(await loop.run_in_executor(None, sys.stdin.readline) or "{}")  # type: ignore[no-any-return]

    def answer(fields: dict[str, object]) -> None:
        os.write(answers, json.dumps(fields).encode() + b"\n")

    answer({"ready": True})
    while opening := await command():
        async with open_(str(opening["url"]), opening["concurrency"]) as grade:  # type: ignore[arg-type]
            answer({"open": True})
            while order := await command():
                found = samples(int(str(order["rollouts"])), int(str(order["step"])))
                answer(await measured(grade, Step(found)))
        answer({"closed": True})


def work(open_: Open) -> None:
    """Serve until the input ends. What the contender prints goes to the standard error."""
    answers = os.dup(1)
    os.dup2(2, 1)
    _run(_work(open_, answers))


def _run(main: Coroutine[None, None, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
