"""What the rollout store costs: `gavel serve` with and without it, the same requests in turn.

    python -m benchmarks.store [--rounds 7]

Three workloads, each as concurrent requests: batches of 1,024 rollouts with four verifiable components
(benchmarks.ingress), batches of 64 rollouts with four criteria before a judge of 50 ms, and single rollouts
with those. Which server is first alternates by round. The store's rows are made in a process of its own, so
there are three figures: the throughput with the store over that without; the CPU time of the server itself;
and that of the other process, which the machine needs to have somewhere.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import uvloop

from benchmarks import ingress
from benchmarks.judge_process import null_judge
from benchmarks.lean_http import Client
from benchmarks.report import Column, Result, Row, Target, finish, number, parser
from benchmarks.singles import bodies, reward
from benchmarks.workload import RUBRIC
from reward_server.filing.frames import send
from reward_server.limits import Limits
from reward_server.reward.loading import load_reward
from reward_server.service import Service
from reward_server.store.entry import Entry
from reward_server.store.parcel import Packer
from reward_server.store.recorder import Recorder
from reward_server.wire.decoding import decode
from rubrics.document import parse

DELAY_S = 0.05
TARGET = 0.95
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
COLUMNS: list[Column] = [
    ("requests", "name", ""),
    ("rollouts/s without", "rate_without", ",.0f"),
    ("with", "rate", ",.0f"),
    ("with / without", "ratio", ".3f"),
    ("CPU us/rollout without", "cpu_without", ",.0f"),
    ("with", "cpu", ",.0f"),
    ("with / without", "cpu_ratio", ".3f"),
    ("store's process, us/rollout", "filing", ",.0f"),
]


class Server(NamedTuple):
    """A reward URL and the process behind it."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """CPU time of the process alone."""
        return cpu_s(self.pid)

    def filing_s(self) -> float:
        """CPU time of the processes that it started."""
        return sum(cpu_s(each) for each in children(self.pid))


class Round(NamedTuple):
    """One server's part of a round. CPU times in seconds."""

    wall_s: float
    cpu_s: float
    filing_s: float


class Workload(NamedTuple):
    """Requests to be sent at once."""

    name: str
    rollouts: int
    requests: Callable[[int], Sequence[bytes]]
    """Those of a round, by its number; no two rounds share a text where a judge reads it."""
    concurrent: int


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def children(parent: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return [int(line) for line in found.stdout.split()]


@contextmanager
def serving(file: Path, store: str) -> Iterator[Server]:
    gavel = str(Path(sys.executable).with_name("gavel"))
    command = (gavel, "serve", str(file), "--port", "0", "--log-level", "error", "--store", store)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(
                next(word for word in process.stdout.readline().split() if word.startswith("http://")),
                process.pid,
            )
        finally:
            process.terminate()


async def posted(client: Client, requests: Sequence[bytes], concurrent: int) -> None:
    """Send requests, so many at a time. Raises AssertionError where one is not answered."""
    waiting = list(reversed(requests))

    async def sender() -> None:
        while waiting:
            answer = await client.post(waiting.pop())
            assert answer.status == 200, answer.body[:500]

    await asyncio.gather(*(sender() for _ in range(concurrent)))


async def measured(server: Server, workload: Workload, requests: Sequence[bytes]) -> Round:
    client = Client(server.url)
    cpu, filing, started = server.cpu_s(), server.filing_s(), time.perf_counter()
    await posted(client, requests, workload.concurrent)
    wall = time.perf_counter() - started
    found = Round(wall, server.cpu_s() - cpu, server.filing_s() - filing)
    await client.aclose()
    return found


async def compare(servers: Sequence[Server], workload: Workload, rounds: int) -> Row:
    found: list[list[Round]] = [[], []]
    for number_of in range(rounds + 1):
        requests = workload.requests(number_of)
        order = (0, 1) if number_of % 2 else (1, 0)
        for place in order:
            one = await measured(servers[place], workload, requests)
            if number_of:  # the first is for warming up
                found[place].append(one)
    return row(workload, *found)


def row(workload: Workload, without: list[Round], with_store: list[Round]) -> Row:
    """Medians; ratios by round."""
    count = workload.rollouts
    pairs = list(zip(without, with_store, strict=True))
    return {
        "name": workload.name,
        "rate_without": count / median(each.wall_s for each in without),
        "rate": count / median(each.wall_s for each in with_store),
        "ratio": median(a.wall_s / b.wall_s for a, b in pairs),
        "cpu_without": median(each.cpu_s for each in without) / count * 1e6,
        "cpu": median(each.cpu_s for each in with_store) / count * 1e6,
        "cpu_ratio": sum(b.cpu_s for b in with_store) / sum(a.cpu_s for a in without),
        "filing": median(each.filing_s for each in with_store) / count * 1e6,
    }


def verifiable(batches: int) -> Workload:
    """Each batch with another step, so that it is like no other."""
    body = ingress.batch()

    def requests(number_of: int) -> list[bytes]:
        heads = [b'{"run": "bench", "step": %d, ' % (number_of * batches + each) for each in range(batches)]
        return [head + body[1:] for head in heads]

    return Workload("1,024 rollouts, verifiable", batches * ingress.ROLLOUTS, requests, 4)


def judged(batches: int, size: int) -> Workload:
    def requests(number_of: int) -> list[bytes]:
        return [
            json.dumps({"rollouts": bodies(size, 1 + number_of * batches + each)}).encode()
            for each in range(batches)
        ]

    return Workload(f"{size} rollouts, judged", batches * size, requests, batches)


def singles(count: int) -> Workload:
    def requests(number_of: int) -> list[bytes]:
        return [json.dumps({"rollouts": [each]}).encode() for each in bodies(count, 10_000 + number_of)]

    return Workload("1 rollout, judged", count, requests, count)


def handing_over_us() -> float:
    """CPU time of the server's side for a rollout of 4 KB: packing it and writing it into the pipe."""
    packer, entries = Packer(), [asyncio.run(one_entry())]
    with subprocess.Popen([sys.executable, "-c", SINK], stdin=subprocess.PIPE, bufsize=0) as sink:
        assert sink.stdin is not None
        took = []
        for _ in range(20):
            started = time.thread_time()
            send(sink.stdin.fileno(), *packer.pack(entries))
            took.append(time.thread_time() - started)
    return median(took) / ingress.ROLLOUTS * 1e6


async def one_entry() -> Entry:
    """The batch of benchmarks.ingress, scored."""
    kept: list[Entry] = []

    class Keeping(Recorder):
        async def record(self, entry: Entry, within_s: float = 0.0) -> None:  # noqa: ARG002
            kept.append(entry)

        async def aclose(self) -> None:
            pass

    function = load_reward(parse(ingress.REWARD, "reward.yaml", Path()))
    service = Service({function.name: function}, Limits(), Keeping.__new__(Keeping))
    await service.score(decode(ingress.batch()))
    await service.aclose()
    return kept[0]


SINK = "import os\nwhile os.read(0, 1 << 20): pass"


def main() -> None:
    given = parser(__doc__, rounds=7).parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "verifiable.yaml").write_text(ingress.REWARD)
        rows.append(compared(folder / "verifiable.yaml", [verifiable(12)], given.rounds)[0])
        (judge_url,) = stack.enter_context(null_judge("--delay", str(DELAY_S)))
        (folder / "rubric.yaml").write_text(json.dumps(RUBRIC))
        judge = reward(judge_url, None, "none")
        judge["judges"]["default"]["cache"] = {"store": "none"}  # type: ignore[index]
        (folder / "judged.yaml").write_text(json.dumps(judge))
        rows += compared(folder / "judged.yaml", [judged(16, 64), singles(1_024)], given.rounds)
    targets = [
        Target(
            f"store, {each['name']}", number(each, "ratio"), TARGET, at_least=True, unit=" of the throughput"
        )
        for each in rows
    ]
    title = "The rollout store: throughput with it over throughput without"
    figures = {"handing_over_us": handing_over_us(), "cores": float(os.cpu_count() or 1)}
    finish(Result("store", title, targets, COLUMNS, rows, figures), given.json)


def compared(file: Path, workloads: Sequence[Workload], rounds: int) -> list[Row]:
    with serving(file, "none") as without, serving(file, str(file.with_suffix(".sqlite3"))) as with_store:
        return [uvloop.run(compare((without, with_store), workload, rounds)) for workload in workloads]


if __name__ == "__main__":
    main()
