"""B8: 1,024 concurrent POSTs of one rollout each, against one POST of 1,024, with the same judge work.

    python -m benchmarks.singles [--rounds 3] [--rollouts 1024]

`gavel serve` with a rubric of four criteria and a judge of 50 ms, once with 64 calls at a time and once
without a limit. Batches and singles alternate on one server; no two of them share a text. The client is
raw sockets; then the same singles go through the trainers' adapter, which joins those of 3 ms.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import uvloop

from benchmarks.contest import ROLLOUTS, WARM_UP
from benchmarks.judge_process import null_judge
from benchmarks.lean_http import Client
from benchmarks.report import Column, Result, Row, Target, finish, number, parser
from benchmarks.workload import RUBRIC, samples
from trainer_adapters import Gavel, Settings, shared

DELAY_S = 0.05
LIMITS = (64, None)
"""Judge calls at once; without a limit the judge finds out by itself that there is none."""
COLUMNS: list[Column] = [
    ("judge calls at once", "limit", ""),
    ("one POST s", "batch_s", ".2f"),
    ("singles s", "singles_s", ".2f"),
    ("rollouts/s in one", "batch_rate", ",.0f"),
    ("rollouts/s as singles", "single_rate", ",.0f"),
    ("singles / one", "ratio", ".2f"),
    ("adapter s", "joined_s", ".2f"),
    ("adapter / one", "joined_ratio", ".2f"),
]


class Times(NamedTuple):
    """Seconds for the same number of rollouts: together, singly, and singly through the adapter."""

    batch_s: float
    singles_s: float
    joined_s: float


@contextmanager
def rewards(judge_url: str, limit: int | None) -> Iterator[str]:
    """The reward URL of a server whose only component is the rubric."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rubric.yaml").write_text(json.dumps(RUBRIC))
        (folder / "reward.yaml").write_text(json.dumps(reward(judge_url, limit, f"{name}/verdicts.sqlite3")))
        gavel = Path(sys.executable).with_name("gavel")
        command = [str(gavel), "serve", str(folder / "reward.yaml"), "--port", "0", "--log-level", "error"]
        command += ["--store", "none"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield next(word for word in process.stdout.readline().split() if word.startswith("http://"))
            finally:
                process.terminate()


def reward(judge_url: str, limit: int | None, cache: str) -> dict[str, object]:
    judge = {"use": "openai", "base_url": judge_url, "model": "null-judge", "cache": {"path": cache}}
    return {
        "name": "bench",
        "components": {"rubric": {"use": "rubric", "rubric": "rubric.yaml"}},
        "judges": {"default": judge if limit is None else {**judge, "max_concurrency": limit}},
    }


def bodies(count: int, step: int) -> list[dict[str, object]]:
    return [
        {
            "id": f"r{each.number}",
            "group": f"g{each.group}",
            "prompt": each.post,
            "completion": each.reasoning,
        }
        for each in samples(count, step)
    ]


async def posted(client: Client, requests: Sequence[bytes], rollouts: int) -> float:
    """Seconds until all requests, sent at once, are answered with all their rewards."""
    started = time.perf_counter()
    answers = await asyncio.gather(*map(client.post, requests))
    seconds = time.perf_counter() - started
    scored = [each for answer in answers for each in json.loads(answer.body)["rewards"] if each is not None]
    assert len(scored) == rollouts, answers[0].body[:500]
    return seconds


async def joined(gavel: Gavel, rollouts: Sequence[Mapping[str, object]]) -> float:
    """Seconds until each of the calls for one rollout, made at once, has its reward."""
    started = time.perf_counter()
    results = await asyncio.gather(*map(gavel.ajoin, rollouts))
    seconds = time.perf_counter() - started
    assert all(result["reward"] is not None for result in results), results[0]
    return seconds


async def measured(url: str, count: int, rounds: int) -> list[Times]:
    client, gavel = Client(url), shared(Settings.of(url=url))

    async def times(rollouts: int, number: int) -> Times:
        together = json.dumps({"rollouts": bodies(rollouts, 3 * number)}).encode()
        singly = [json.dumps({"rollouts": [each]}).encode() for each in bodies(rollouts, 3 * number + 1)]
        return Times(
            await posted(client, [together], rollouts),
            await posted(client, singly, rollouts),
            await joined(gavel, bodies(rollouts, 3 * number + 2)),
        )

    await times(WARM_UP, 0)
    found = [await times(count, number) for number in range(1, rounds + 1)]
    await client.aclose()
    return found


def row(limit: int | None, count: int, found: list[Times]) -> Row:
    batch_s, singles_s = median(each.batch_s for each in found), median(each.singles_s for each in found)
    return {
        "limit": "no limit" if limit is None else str(limit),
        "batch_s": batch_s,
        "singles_s": singles_s,
        "batch_rate": count / batch_s,
        "single_rate": count / singles_s,
        "ratio": median(each.batch_s / each.singles_s for each in found),
        "joined_s": median(each.joined_s for each in found),
        "joined_ratio": median(each.batch_s / each.joined_s for each in found),
    }


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rollouts", type=int, default=ROLLOUTS)
    given = options.parse_args()
    rows: list[Row] = []
    with null_judge("--delay", str(DELAY_S)) as (judge_url,):
        for limit in LIMITS:
            with rewards(judge_url, limit) as url:
                found = uvloop.run(measured(url, given.rollouts, given.rounds))
            rows.append(row(limit, given.rollouts, found))
    targets = [
        Target(
            f"B8 singles, {each['limit']}",
            number(each, "ratio"),
            0.5,
            at_least=True,
            unit=" of one batch",
        )
        for each in rows
    ]
    title = f"B8: {given.rollouts:,} concurrent POSTs of one rollout, a judge of {DELAY_S * 1000:.0f} ms"
    finish(Result("singles", title, targets, COLUMNS, rows), given.json)


if __name__ == "__main__":
    main()
