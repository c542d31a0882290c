"""B2: a step of 1,024 rollouts x 4 criteria, all calls at once, against a judge of 50 ms with room for them.

    python -m benchmarks.burst [--rounds 3] [--rollouts 1024] [--only NAME]

The first step has a new client, whose connections are still to be made; the second has the same client.
"""

from statistics import median
from typing import NamedTuple

from benchmarks.contest import BARE, OURS, TRL_STYLE, BrokenContenderError, Run, Worker, options, workers
from benchmarks.judge_process import null_judge
from benchmarks.report import Column, Result, Row, Target, finish, number

DELAY_S = 0.05
COLUMNS: list[Column] = [
    ("through", "name", ""),
    ("calls", "calls", ",d"),
    ("first step s", "cold_s", ".2f"),
    ("second step s", "warm_s", ".2f"),
    ("a call, gavel = 1", "ratio", ".2f"),
    ("CPU us/call", "cpu_us", ",.0f"),
]


class Pair(NamedTuple):
    """Two steps with one client."""

    cold: Run
    warm: Run


def pair(worker: Worker, url: str, rollouts: int, number: int) -> Pair:
    worker.open(url, None)
    found = Pair(worker.step(rollouts, 2 * number), worker.step(rollouts, 2 * number + 1))
    worker.close()
    return found


def row(name: str, pairs: list[Pair], ours_s: float) -> Row:
    warm_s = median(each.warm.wall_s for each in pairs)
    calls = pairs[0].warm.calls
    return {
        "name": name,
        "calls": calls,
        "cold_s": median(each.cold.wall_s for each in pairs),
        "warm_s": warm_s,
        "ratio": warm_s / calls / ours_s,
        "cpu_us": median(each.warm.cpu_us for each in pairs),
    }


def main() -> None:
    given = options(__doc__).parse_args()
    with null_judge("--delay", str(DELAY_S)) as (url,), workers(given.only, url, None) as (found, missing):
        pairs: dict[str, list[Pair]] = {}
        for number in range(1, given.rounds + 1):
            for worker in list(found):
                try:
                    steps = pair(worker, url, given.rollouts, number)
                except BrokenContenderError as error:  # so many calls at once are too much for some
                    if worker.contender.name == OURS:
                        raise
                    missing.append(f"{error} (in round {number})")
                    found.remove(worker)
                else:
                    pairs.setdefault(worker.contender.name, []).append(steps)
    ours_s = median(each.warm.wall_s / each.warm.calls for each in pairs[OURS])
    finish(result([row(name, each, ours_s) for name, each in pairs.items()], missing), given.json)


def result(rows: list[Row], missing: list[str]) -> Result:
    ours = rows[0]
    ratios = {str(each["name"]): number(each, "ratio") for each in rows}
    targets = [
        Target("B2 burst, first step", number(ours, "cold_s"), 2.0, unit=" s"),
        Target("B2 burst, second step", number(ours, "warm_s"), 2.0, unit=" s"),
    ]
    if peers := [ratio for name, ratio in ratios.items() if name not in {OURS, *BARE}]:
        targets.append(
            Target("B2 best peer, time a call, second step", min(peers), 1.6, at_least=True, unit=" x")
        )
    if TRL_STYLE in ratios:
        targets.append(
            Target("B2 TRL-style openai, the same", ratios[TRL_STYLE], 9, at_least=True, unit=" x")
        )
    title = f"B2: one step, all calls at once, a judge of {DELAY_S * 1000:.0f} ms"
    return Result("burst", title, targets, COLUMNS, rows, missing=missing)


if __name__ == "__main__":
    main()
