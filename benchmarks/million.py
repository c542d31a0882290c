"""A rollout store of a million rollouts, as some months of training leave it.

    python -m benchmarks.million FILE [--rollouts 1000000] [--texts 200]

Five runs of one reward, 64 rollouts of 8 groups to a request, as many requests to a step as make a thousand
steps. Rows are SQL of realistic shapes rather than scored: four components, one of them a rubric of four
criteria; rewards, lengths and causes change over the steps; details have texts of about so many words. What
the dashboard reads is computed at the end, as a server that watched the runs would have done.
"""

import argparse
import random
import sqlite3
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

import msgspec

from reward_server.history.steps import history
from reward_server.store.content import Content
from reward_server.store.database import open_to_write, transaction
from reward_server.store.entry import Description
from reward_server.store.reading import Store
from reward_server.wire.native import ComponentResult, Result
from rubrics.verdict import Verdict

COMPONENTS = ("accuracy", "format", "length", "rubric")
WEIGHTS = (0.4, 0.1, 0.1, 0.4)
CRITERIA = ("cites", "weighs", "follows", "plain")
RUNS, REQUEST, GROUP = 5, 64, 8
STARTED = 1_760_000_000.0
STEP_S = 60.0
DESCRIPTION = Description(
    name="moderation",
    equation="R = 0.4 accuracy + 0.1 format + 0.1 length + 0.4 rubric",
    components=COMPONENTS,
    bounds=[(0.0, 1.0)] * len(COMPONENTS),
    weights=WEIGHTS,
    criteria=CRITERIA,
    source="",
)
_ROLLOUT = (
    "INSERT INTO rollouts (id, run, step, request, name, group_name, reward, cause, words, tokens, marks, "
    "same, disagreement, verdicts, judging, v0, v1, v2, v3) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_TIMING = b'{"total_s":0.5,"scoring_s":0.4,"judging":{"questions":256}}'


class Filler:
    """Fills one file."""

    def __init__(self, db: sqlite3.Connection, rollouts: int, words: int) -> None:
        self._db = db
        self._random = random.Random(7)
        self._rollouts = rollouts
        self._words = [f"word{number}" for number in range(400)]
        self._length = words
        self._steps = max(1, min(1_000, rollouts // RUNS // REQUEST))
        self._next = 1

    def fill(self) -> None:
        db = self._db
        with transaction(db):
            values = ("0" * 32, msgspec.json.encode(DESCRIPTION))
            db.execute("INSERT INTO rewards (id, version, description) VALUES (1, ?, ?)", values)
        for run in range(1, RUNS + 1):
            self._fill_run(run, self._rollouts // RUNS)

    def _fill_run(self, run: int, rollouts: int) -> None:
        requests = max(self._steps, rollouts // REQUEST)
        started = STARTED + run * self._steps * STEP_S
        with transaction(self._db):
            ended = started + self._steps * STEP_S
            self._db.execute(
                "INSERT INTO runs VALUES (?, ?, 'moderation', ?, ?, ?, 1, 1)",
                (run, f"grpo-{run}", started, ended, rollouts),
            )
        for first in range(0, requests, 100):
            with transaction(self._db):
                for number in range(first, min(first + 100, requests)):
                    step = number * self._steps // requests
                    self._fill_request(run, step, started + step * STEP_S)

    def _fill_request(self, run: int, step: int, at: float) -> None:
        db, first = self._db, self._next
        cursor = db.execute(
            "INSERT INTO requests (run, step, reward, identity, at, first, rollouts, timing) "
            "VALUES (?, ?, 1, ?, ?, ?, ?, ?)",
            (run, step, self._random.randbytes(16), at, first, REQUEST, _TIMING),
        )
        groups = [self._random.randbytes(16) for _ in range(REQUEST // GROUP)]
        made = [self._rollout(number, step, groups[number % REQUEST // GROUP]) for number in range(REQUEST)]
        rows = [(first + n, run, step, cursor.lastrowid, *row) for n, (row, _) in enumerate(made)]
        db.executemany(_ROLLOUT, rows)
        db.executemany(
            "INSERT INTO details VALUES (?, ?, ?)",
            [(first + n, groups[n // GROUP], content) for n, (_, content) in enumerate(made)],
        )
        prompt = msgspec.json.encode(self._text(self._length // 2))
        db.executemany(
            "INSERT INTO prompts (digest, last, content) VALUES (?, ?, ?)",
            [(group, first + REQUEST - 1, prompt) for group in groups],
        )
        db.execute(
            "INSERT INTO steps (run, step, rollouts) VALUES (?, ?, ?) ON CONFLICT (run, step) "
            "DO UPDATE SET rollouts = rollouts + excluded.rollouts",
            (run, step, REQUEST),
        )
        self._next += REQUEST

    def _rollout(self, number: int, step: int, group: bytes) -> tuple[tuple[object, ...], bytes]:
        chance, skill = self._random, 0.3 + 0.5 * step / self._steps
        values: list[float | None] = [float(chance.random() < skill), 1.0, chance.random()]
        met = [float(chance.random() < skill) for _ in CRITERIA]
        judged = chance.random() > 0.01
        values.append(sum(met) / len(met) if judged else None)
        reward = _reward(values)
        cause = None if judged else "judge_timeout"
        words = max(1, int(chance.gauss(self._length, 40)))
        name, group_name = f"r{number}", f"s{step}-{group.hex()[:6]}"
        row = (
            name,
            group_name,
            reward,
            cause,
            words,
            words * 4 // 3,
            int(chance.random() < 0.02),
            chance.getrandbits(63),
            None,
            array("f", met).tobytes() if judged else None,
            array("f", [0, 0, 900, 600, 4, *(chance.random() for _ in CRITERIA)]).tobytes(),
            *values,
        )
        return row, msgspec.json.encode(self._content(name, group_name, reward, cause, values, met, words))

    def _content(
        self,
        name: str,
        group: str,
        reward: float | None,
        cause: str | None,
        values: list[float | None],
        met: list[float],
        words: int,
    ) -> Content:
        components = {
            name: ComponentResult(value, weight, None if value is None else weight * value, None, cause)
            for name, weight, value in zip(COMPONENTS, WEIGHTS, values, strict=True)
        }
        verdicts = [Verdict(criterion=name, value=value) for name, value in zip(CRITERIA, met, strict=True)]
        result = Result(
            id=name,
            group=group,
            reward=reward,
            status="unscored" if reward is None else "scored",
            cause=cause,
            detail=None,
            advantage_weight=None,
            components=components,
            verdicts=verdicts,
        )
        return Content(completion=self._text(words), ground_truth={"label": "ham"}, result=result)

    def _text(self, words: int) -> str:
        start = self._random.randrange(300)
        return " ".join((self._words[start:] + self._words)[:words])


def _reward(values: list[float | None]) -> float | None:
    total = 0.0
    for value, weight in zip(values, WEIGHTS, strict=True):
        if value is None:
            return None
        total += weight * value
    return total


def fill(path: Path, rollouts: int = 1_000_000, words: int = 200) -> None:
    """Make the file. Raises StoreError; FileExistsError where there is one."""
    if path.exists():
        raise FileExistsError(path)
    db = open_to_write(path)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -262144")
    Filler(db, rollouts, words).fill()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def opened(path: Path) -> Iterator[tuple[str, float]]:
    """Seconds until the history of each run is there."""
    store = Store(path)
    for run in store.runs():
        started = time.perf_counter()
        steps = history(store, run.id)
        yield f"{run.name}: {run.rollouts:,} rollouts, {len(steps):,} steps", time.perf_counter() - started
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--rollouts", type=int, default=1_000_000)
    parser.add_argument("--texts", type=int, default=200, help="words of a completion")
    given = parser.parse_args()
    started = time.perf_counter()
    fill(given.file, given.rollouts, given.texts)
    size = given.file.stat().st_size / 1e9
    print(f"filled in {time.perf_counter() - started:.0f} s: {given.rollouts:,} rollouts, {size:.2f} GB")
    for when in ("computed", "opened again"):
        for what, seconds in opened(given.file):
            print(f"{what}, {when} in {seconds:.3f} s")


if __name__ == "__main__":
    main()
