"""B9: a judge with 64 and with 256 slots, nothing of it configured, 1,024 rollouts x 4 criteria at 50 ms.

    python -m benchmarks.unknown_judge [--rounds 3] [--rollouts 1024]

The judge serves so many calls at once and queues the rest, so too few calls in flight cost time and too many
cost latency. Latency is the judge's own, from the last byte of a request to the first byte of its reply.
"""

from math import ceil
from statistics import median
from typing import NamedTuple

from benchmarks.contest import BY_NAME, OURS, Run, Worker, options
from benchmarks.judge_process import ledger, null_judge
from benchmarks.report import Column, Result, Row, Target, finish, number

DELAY_S = 0.05
SLOTS = (64, 256)
GUESSES = (
    ("gavel", OURS, None),
    ("a guess of 16, aiohttp", "aiohttp, bare", 16),
    ("no limit, aiohttp", "aiohttp, bare", None),
)
"""Name, contender, calls at once."""
LEAST = {64: 0.90, 256: 0.85}
COLUMNS: list[Column] = [
    ("slots", "slots", "d"),
    ("through", "name", ""),
    ("first step s", "first_s", ".2f"),
    ("second step s", "wall_s", ".2f"),
    ("efficiency", "efficiency", ".3f"),
    ("p99 / unloaded", "p99", ".2f"),
]


class Steps(NamedTuple):
    """Two steps with a client that knew nothing at first."""

    first: Run
    second: Run
    p99_s: float
    """Of the second step's calls, at the judge."""


def steps(worker: Worker, url: str, concurrency: int | None, rollouts: int, number: int) -> Steps:
    worker.open(url, concurrency)
    first = worker.step(rollouts, 2 * number)
    ledger(url)
    second = worker.step(rollouts, 2 * number + 1)
    p99_s = ledger(url)["p99_s"]
    worker.close()
    return Steps(first, second, p99_s)


def row(slots: int, name: str, found: list[Steps]) -> Row:
    ideal_s = ceil(found[0].second.calls / slots) * DELAY_S
    wall_s = median(each.second.wall_s for each in found)
    return {
        "slots": slots,
        "name": name,
        "first_s": median(each.first.wall_s for each in found),
        "wall_s": wall_s,
        "efficiency": ideal_s / wall_s,
        "p99": median(each.p99_s for each in found) / DELAY_S,
    }


def measured(slots: int, rollouts: int, rounds: int) -> list[Row]:
    found: dict[str, list[Steps]] = {name: [] for name, _, _ in GUESSES}
    with (
        null_judge("--delay", str(DELAY_S), "--slots", str(slots)) as (url,),
        Worker(BY_NAME[OURS]) as ours,
        Worker(BY_NAME["aiohttp, bare"]) as aiohttp,
    ):
        workers = {OURS: ours, "aiohttp, bare": aiohttp}
        for number in range(1, rounds + 1):
            for name, contender, concurrency in GUESSES:
                found[name].append(steps(workers[contender], url, concurrency, rollouts, number))
    return [row(slots, name, each) for name, each in found.items()]


def main() -> None:
    given = options(__doc__).parse_args()
    rows = [row for slots in SLOTS for row in measured(slots, given.rollouts, given.rounds)]
    targets: list[Target] = []
    for ours in (each for each in rows if each["name"] == OURS):
        slots, found = int(number(ours, "slots")), number(ours, "efficiency")
        targets.append(Target(f"B9 efficiency, {slots} slots", found, LEAST[slots], at_least=True))
        targets.append(Target(f"B9 p99, {slots} slots", number(ours, "p99"), 3, unit=" x unloaded"))
    title = f"B9: a judge of {DELAY_S * 1000:.0f} ms whose slots nobody told us, second step"
    finish(Result("unknown_judge", title, targets, COLUMNS, rows), given.json)


if __name__ == "__main__":
    main()
