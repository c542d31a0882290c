"""The load generator against its floor: calls a second and CPU of a call, with a judge that thinks nothing.

    python -m benchmarks.load_generator [--rounds 3] [--calls 16384] [--concurrent 64]

    raw sockets   the same prompts: bytes written, the reply cut out of the stream, nothing checked
    backend       `use: openai`: the reply read strictly and bound to its call
    closed loop   `gavel loadtest`: the same, its verdict read, its times and tokens written down
    open loop     the same at 5,000 calls a second, in Poisson arrivals of rollouts

The ways take turns in one process over uvloop, on one core; the judge is another process. CPU is that of this
process alone, user and system: a million over it is what one core can do that it has for itself.
"""

import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

import uvloop

from benchmarks.judge_process import null_judge
from benchmarks.lean_http import Client
from benchmarks.report import Column, Result, Row, Target, finish, number, parser
from benchmarks.transport import in_turn
from benchmarks.workload import RUBRIC
from judges.backends.openai import Openai
from reward_server.load.call import Arrival
from reward_server.load.driver import drive
from reward_server.load.judge_client import JudgeAsk
from reward_server.load.judge_target import JudgeTarget
from reward_server.load.record import Run
from reward_server.load.schedule import Schedule
from reward_server.load.workload.texts import Sizes, made_up_texts
from rubrics.rubric import Rubric

SIZES = Sizes(dataset=0, group=150, rollout=400)
OPEN_CALLS_S = 5_000
OPEN_S = 3.0
HEAD = b'{"model":"null-judge","max_tokens":1,"logprobs":true,"top_logprobs":20,"messages":'
COLUMNS: list[Column] = [
    ("way", "name", ""),
    ("calls/s", "rate", ",.0f"),
    ("CPU us/call", "cpu_us", ".1f"),
    ("CPU, raw = 1", "ratio", ".2f"),
    ("calls/s of one core", "core_rate", ",.0f"),
    ("late p99 ms", "late_ms", ".1f"),
]


class Figures(NamedTuple):
    """What a way took."""

    rate: float
    """Calls a second."""
    cpu_us: float
    """CPU of one call."""
    late_s: float | None = None
    """By how much 99 of 100 calls were sent late at most."""


def target(url: str) -> JudgeTarget:
    """A judge with the prompts that all ways send."""
    rubric = Rubric.model_validate(RUBRIC)
    options = Openai.model_validate({"base_url": url, "model": "null-judge", "verdict": "token"})
    return JudgeTarget(options, rubric, made_up_texts(rubric, SIZES, 8, 0))


def asks(work: JudgeTarget) -> Iterator[JudgeAsk]:
    """Endless calls."""
    while True:
        arrival: Arrival[JudgeAsk] = work.next()
        yield from arrival.asks


async def raw_sockets(url: str, calls: int, concurrent: int) -> Figures:
    client, work = Client(f"{url}/chat/completions"), target(url)
    await work.open()
    endless = asks(work)

    async def call() -> None:
        prompt = next(endless).request.prompt
        body = b'%b%b%b"}]}' % (HEAD, prompt.shared.json, prompt.question.replace("\n", "\\n").encode())
        assert (await client.post(body)).status == 200

    found = await timed(call, calls, concurrent)
    await client.aclose()
    return found


async def backend(url: str, calls: int, concurrent: int) -> Figures:
    work = target(url)
    await work.open()
    endless, asked = asks(work), Openai.model_validate({"base_url": url, "model": "null-judge"}).open()

    async def call() -> None:
        assert (await asked(next(endless).request)).echoes

    found = await timed(call, calls, concurrent)
    await asked.aclose()
    return found


async def timed(call: Callable[[], Awaitable[None]], calls: int, concurrent: int) -> Figures:
    await in_turn(call, iter(range(concurrent)), concurrent)
    wall, cpu = time.perf_counter(), time.process_time()
    await in_turn(call, iter(range(calls)), concurrent)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Figures(calls / wall, cpu / calls * 1e6)


async def closed_loop(url: str, calls: int, concurrent: int) -> Figures:
    seconds = calls / OPEN_CALLS_S
    return figures(await drive(target(url), Schedule(loads=[concurrent], seconds=seconds, warmup_s=0.5)))


async def open_loop(url: str, calls: int, concurrent: int) -> Figures:  # noqa: ARG001 - as the others
    rate = OPEN_CALLS_S / len(RUBRIC["criteria"])
    schedule = Schedule(shape="poisson", loads=[rate], seconds=OPEN_S, warmup_s=0.5)
    return figures(await drive(target(url), schedule))


def figures(run: Run) -> Figures:
    """From the measured part of a run; its CPU is what it saw of itself."""
    (phase,) = run.phases
    seconds = phase.end - phase.warm
    done = [record for record in run.records if phase.warm <= record.done < phase.end]
    assert all(record.verdicts == 1 for record in done)
    cpus = [sight.cpu for sight in run.sights if phase.warm + 0.25 <= sight.at < phase.end]
    late = sorted(record.sent - record.due for record in done)
    rate = len(done) / seconds
    return Figures(rate, sum(cpus) / len(cpus) / rate * 1e6, late[int(0.99 * len(late))])


Way = Callable[[str, int, int], Awaitable[Figures]]
WAYS: dict[str, Way] = {
    "raw sockets": raw_sockets,
    "backend": backend,
    "closed loop": closed_loop,
    "open loop": open_loop,
}


def row(name: str, found: Sequence[Figures], floor_us: float) -> Row:
    cpu_us = median(each.cpu_us for each in found)
    lates = [each.late_s for each in found if each.late_s is not None]
    return {
        "name": name,
        "rate": median(each.rate for each in found),
        "cpu_us": cpu_us,
        "ratio": cpu_us / floor_us,
        "core_rate": 1e6 / cpu_us,
        "late_ms": median(lates) * 1e3 if lates else None,
    }


def result(rows: Sequence[Row]) -> Result:
    by_name = {str(each["name"]): each for each in rows}
    closed, opened = by_name["closed loop"], by_name["open loop"]
    own_us = number(closed, "cpu_us") - number(by_name["backend"], "cpu_us")
    return Result(
        "load_generator",
        "The load generator against a judge that thinks nothing",
        [
            Target("calls/s of one core, closed loop", number(closed, "core_rate"), 5_000, at_least=True),
            Target("calls/s delivered of 5,000, open loop", number(opened, "rate"), 4_900, at_least=True),
            Target("CPU of a call against the backend alone", _ratio(by_name), 1.5),
        ],
        COLUMNS,
        list(rows),
        {"own_us": own_us},
        conditions=f"The generator itself adds {own_us:.1f} us of CPU to a call.",
    )


def _ratio(rows: dict[str, Row]) -> float:
    return number(rows["closed loop"], "cpu_us") / number(rows["backend"], "cpu_us")


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--calls", type=int, default=16_384)
    options.add_argument("--concurrent", type=int, default=64)
    given = options.parse_args()
    found: dict[str, list[Figures]] = {name: [] for name in WAYS}
    with null_judge("--delay", "0.002") as (url,):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[:1])
        for _ in range(given.rounds):
            for name, way in WAYS.items():
                found[name].append(uvloop.run(_figures(way(url, given.calls, given.concurrent))))
    floor_us = median(each.cpu_us for each in found["raw sockets"])
    finish(result([row(name, each, floor_us) for name, each in found.items()]), given.json)


async def _figures(way: Awaitable[Figures]) -> Figures:
    return await way


if __name__ == "__main__":
    main()
