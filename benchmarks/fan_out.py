"""B1 and B7: a step of 1,024 rollouts x 4 criteria, 64 calls at a time, against a judge of 50 ms.

    python -m benchmarks.fan_out [--rounds 3] [--rollouts 1024] [--only NAME]

Efficiency is the ideal time, ceil(calls / 64) x 50 ms, over the measured one. CPU is the contender's own
process; the judge is another. Each contender has a client, warmed up with 64 rollouts, for all its steps.
"""

from math import ceil
from statistics import median

from benchmarks.contest import BARE, OURS, Run, contest, options
from benchmarks.environments import installed
from benchmarks.judge_process import null_judge
from benchmarks.report import Column, Result, Row, Target, finish, number

DELAY_S = 0.05
CONCURRENCY = 64
COLUMNS: list[Column] = [
    ("through", "name", ""),
    ("calls", "calls", ",d"),
    ("wall s", "wall_s", ".2f"),
    ("efficiency", "efficiency", ".3f"),
    ("CPU us/call", "cpu_us", ",.0f"),
    ("CPU, gavel = 1", "cpu_ratio", ".2f"),
    ("median group done at", "groups", ".0%"),
]


def efficiency(run: Run) -> float:
    return ceil(run.calls / CONCURRENCY) * DELAY_S / run.wall_s


def row(name: str, runs: list[Run], our_cpu_us: float) -> Row:
    cpu_us = median(run.cpu_us for run in runs)
    return {
        "name": name,
        "calls": runs[0].calls,
        "wall_s": median(run.wall_s for run in runs),
        "efficiency": median(map(efficiency, runs)),
        "cpu_us": cpu_us,
        "cpu_ratio": cpu_us / our_cpu_us,
        "groups": median(median(run.groups_s) / run.wall_s for run in runs),
    }


def main() -> None:
    given = options(__doc__).parse_args()
    with null_judge("--delay", str(DELAY_S)) as (url,):
        found = contest(given.only, url, CONCURRENCY, given.rollouts, given.rounds)
    our_cpu_us = median(run.cpu_us for run in found.runs[OURS])
    rows = {name: row(name, runs, our_cpu_us) for name, runs in found.runs.items()}
    finish(result(rows, found.missing), given.json)


def result(rows: dict[str, Row], missing: list[str]) -> Result:
    ours = rows[OURS]
    targets = [Target("B1 efficiency", number(ours, "efficiency"), 0.96, at_least=True)]
    if peers := [each for name, each in rows.items() if name not in {OURS, *BARE}]:
        ratio = min(number(each, "cpu_ratio") for each in peers)
        targets.append(Target("B1 CPU per call of the best peer", ratio, 3, at_least=True, unit=" x"))
    targets.append(Target("B7 the median group is done at", number(ours, "groups") * 100, 60, unit=" %"))
    title = f"B1, B7: one step, {CONCURRENCY} calls at a time, a judge of {DELAY_S * 1000:.0f} ms"
    return Result(
        "fan_out", title, targets, COLUMNS, list(rows.values()), missing=missing, conditions=installed()
    )


if __name__ == "__main__":
    main()
