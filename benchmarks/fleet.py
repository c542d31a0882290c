"""B6: eight replicas, one of them ten times slow, and one call in a hundred that takes 2 s.

    python -m benchmarks.fleet [--rounds 3] [--rollouts 1024]

Each replica serves 16 calls of 100 ms at once and queues the rest. A step has 1,024 rollouts x 4 criteria.
The healthy fleet has neither the slow replica nor the stragglers. Prefill is counted over the prompts as they
got their slots, by the simulated judge's prefix cache, and compared with one replica that gets them all.
"""

from statistics import median
from typing import NamedTuple

from benchmarks.contest import BY_NAME, OURS, Run, Worker, options
from benchmarks.judge_process import ledger, null_judge
from benchmarks.report import Column, Result, Row, Target, finish, number
from benchmarks.workload import STATEMENTS

REPLICAS, SLOTS, DELAY_S = 8, 16, 0.1
FLEET = ("--delay", str(DELAY_S), "--slots", str(SLOTS), "--replicas", str(REPLICAS), "--keep-prompts")
TROUBLE = ("--slow", "1", "--slowness", "10", "--stragglers", "0.01", "--tail", "2")
ROBIN = "round robin, aiohttp"
CONTENDERS = {OURS: (BY_NAME[OURS], None), ROBIN: (BY_NAME["aiohttp, bare"], REPLICAS * SLOTS)}
"""Contender, calls at once."""
COLUMNS: list[Column] = [
    ("through", "name", ""),
    ("step", "step", ""),
    ("healthy s", "healthy_s", ".2f"),
    ("troubled s", "troubled_s", ".2f"),
    ("ratio", "ratio", ".2f"),
    ("extra calls", "extra", ".1%"),
    ("prefill / one replica", "prefill", ".2f"),
]


class Seen(NamedTuple):
    """A step, and what the fleet saw of it."""

    run: Run
    extra: float
    """Calls beyond those needed, as a share of them."""
    prefill: float
    """Computed prompt tokens, over those of one replica that gets all prompts."""


def seen(worker: Worker, urls: str, rollouts: int, step: int) -> Seen:
    ledger(urls)
    run = worker.step(rollouts, step)
    counted = ledger(urls)
    extra = counted["calls"] / (rollouts * len(STATEMENTS)) - 1
    return Seen(run, extra, counted["computed_tokens"] / counted["computed_by_one"])


def steps(worker: Worker, urls: str, concurrency: int | None, rollouts: int, number: int) -> list[Seen]:
    """A client's first step and its second."""
    worker.open(urls, concurrency)
    found = [seen(worker, urls, rollouts, 2 * number + place) for place in (0, 1)]
    worker.close()
    return found


def row(name: str, place: int, healthy: list[list[Seen]], troubled: list[list[Seen]]) -> Row:
    pairs = list(zip((each[place] for each in healthy), (each[place] for each in troubled), strict=True))
    return {
        "name": name,
        "step": ("first", "second")[place],
        "healthy_s": median(good.run.wall_s for good, _ in pairs),
        "troubled_s": median(bad.run.wall_s for _, bad in pairs),
        "ratio": median(bad.run.wall_s / good.run.wall_s for good, bad in pairs),
        "extra": median(bad.extra for _, bad in pairs),
        "prefill": median(bad.prefill for _, bad in pairs),
    }


def main() -> None:
    given = options(__doc__).parse_args()
    with null_judge(*FLEET) as healthy, null_judge(*FLEET, *TROUBLE) as troubled:
        rows = [
            each
            for name in CONTENDERS
            for each in measured(name, " ".join(healthy), " ".join(troubled), given.rollouts, given.rounds)
        ]
    title = f"B6: one of {REPLICAS} replicas ten times slow, 1 % of the calls stragglers"
    finish(Result("fleet", title, targets(rows), COLUMNS, rows), given.json)


def measured(name: str, healthy: str, troubled: str, rollouts: int, rounds: int) -> list[Row]:
    contender, concurrency = CONTENDERS[name]
    good: list[list[Seen]] = []
    bad: list[list[Seen]] = []
    with Worker(contender) as worker:
        for number in range(1, rounds + 1):
            good.append(steps(worker, healthy, concurrency, rollouts, number))
            bad.append(steps(worker, troubled, concurrency, rollouts, number))
    return [row(name, place, good, bad) for place in (0, 1)]


def targets(rows: list[Row]) -> list[Target]:
    found: list[Target] = []
    for ours in (each for each in rows if each["name"] == OURS):
        step = f"B6 {ours['step']} step,"
        found.append(Target(f"{step} time", number(ours, "ratio"), 1.25, unit=" x healthy"))
        found.append(Target(f"{step} extra calls", number(ours, "extra") * 100, 5, unit=" %"))
        found.append(Target(f"{step} prefill", number(ours, "prefill"), 1.2, unit=" x one replica"))
    return found


if __name__ == "__main__":
    main()
