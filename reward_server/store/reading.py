"""What is in a rollout store, read back. Blocks; one connection, for one thread at a time."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from reward_server.store.content import Content
from reward_server.store.database import StoreError, open_to_read
from reward_server.store.entry import Description
from reward_server.store.schema import VALUES
from rubrics.rollout import Turns

_NARROW = (
    "id, request, name, group_name, reward, cause, words, tokens, marks, same, disagreement, verdicts, "
    "judging, " + ", ".join(f"v{place}" for place in range(VALUES))
)


class NoSuchRun(StoreError):
    """A name that no run has, or several have."""


class Run(msgspec.Struct, frozen=True):
    """A training run as far as one reward function scored it."""

    id: int
    name: str
    reward: str
    started: float
    """Seconds since 1970."""
    updated: float
    rollouts: int
    """That are stored now."""
    steps: int
    sent: int
    """1 where the trainer sends its steps; with 0, every 512 rollouts count as one."""


class NarrowRow(NamedTuple):
    """One rollout's row, as `store/schema.py` describes it."""

    id: int
    request: int
    name: str
    group: str
    reward: float | None
    cause: str | None
    words: int
    tokens: int | None
    marks: int
    same: int
    disagreement: float | None
    verdicts: bytes | None
    judging: bytes | None
    values: tuple[float | None, ...]


class StoredRollout(msgspec.Struct, frozen=True, kw_only=True):
    """One rollout, in full."""

    number: int
    """Its number in the store."""
    run: str
    run_number: int
    reward: str
    """The reward function's name."""
    step: int
    at: float
    """When it was stored, in seconds since 1970."""
    reward_version: str
    group: str
    prompt: Turns | None
    words: int
    tokens: int | None
    marks: int
    content: Content


class Store:
    """A store, open for reading."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError."""
        self.path = path
        self.db: sqlite3.Connection = open_to_read(path)

    def close(self) -> None:
        self.db.close()

    def runs(self) -> list[Run]:
        """All runs, the one that was written to last first."""
        return [Run(*row) for row in self.rows(_RUNS)]

    def run(self, named: str) -> Run:
        """The run of a name, of a name and a reward (`name/reward`), or of a number. Raises NoSuchRun."""
        runs = self.runs()
        by_name = [run for run in runs if named in (run.name, f"{run.name}/{run.reward}", str(run.id))]
        if len(by_name) == 1:
            return by_name[0]
        if not by_name:
            known = ", ".join(ascii(run.name)[1:-1] for run in runs[:8]) or "none"
            raise NoSuchRun(f"there is no run {ascii(named)[:80]} in {self.path}; there are: {known}")
        told = ", ".join(ascii(f"{run.name}/{run.reward}")[1:-1] for run in by_name)
        raise NoSuchRun(f"several runs are called {ascii(named)[:80]}: {told}")

    def steps(self, run: int) -> list[tuple[int, int, bytes | None]]:
        """Each step of a run, how many rollouts it has, and its statistics as far as they hold."""
        query = f"SELECT step, rollouts, statistics FROM steps WHERE run = ? AND {_TOLD} ORDER BY step"  # noqa: S608
        return self.rows(query, run)

    def step_rows(self, run: int, step: int) -> list[NarrowRow]:
        """The rows of one step, in order of arrival."""
        query = f"SELECT {_NARROW} FROM rollouts WHERE run = ? AND step = ? ORDER BY id"  # noqa: S608
        return [narrow(row) for row in self.rows(query, run, step)]

    def step_at(self, run: int, step: int) -> float:
        """When the last rollout of a step was stored."""
        query = "SELECT coalesce(max(at), 0) FROM requests WHERE run = ? AND step = ?"
        return float(self.rows(query, run, step)[0][0])

    def descriptions(self, run: int, step: int | None = None) -> Mapping[int, tuple[str, Description]]:
        """The reward versions that scored a run, or one step of it, by the requests they scored.

        The newest request of each version stands for it where `step` is None.
        """
        versions = self.versions()
        if step is None:
            query = "SELECT max(id), reward FROM requests WHERE run = ? GROUP BY reward"
            return {request: versions[reward] for request, reward in self.rows(query, run)}
        query = "SELECT id, reward FROM requests WHERE run = ? AND step = ?"
        return {request: versions[reward] for request, reward in self.rows(query, run, step)}

    def latest_description(self, run: int) -> Description:
        """How the newest of a run's rewards is described. Raises StoreError where there is no such run."""
        found = self.rows("SELECT scorer FROM runs WHERE id = ?", run)
        if not found:
            raise StoreError(f"there is no run {run} in {self.path}")
        return self.versions()[found[0][0]][1]

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read in the body is of one moment. Raises StoreError."""
        self.rows("BEGIN")
        try:
            yield
        finally:
            self.rows("COMMIT")

    def rollout(self, number: int) -> StoredRollout:
        """One rollout, in full. Raises StoreError."""
        found = self.rollouts([number])
        if not found:
            raise StoreError(f"there is no rollout {number} in {self.path}; it may have been forgotten")
        return found[0]

    def rollouts(self, numbers: Sequence[int]) -> list[StoredRollout]:
        """Some hundreds of rollouts in full, in order, without those that are gone. Raises StoreError."""
        query = f"{_ROLLOUT} WHERE rollouts.id IN ({', '.join('?' * len(numbers))})"
        found = {row[0]: row for row in self.rows(query, *numbers)}
        return [_whole(found[number]) for number in numbers if number in found]

    def versions(self) -> Mapping[int, tuple[str, Description]]:
        """All reward versions by their numbers in the file."""
        rows = self.rows("SELECT id, version, description FROM rewards")
        return {
            number: (version, msgspec.json.decode(description, type=Description))
            for number, version, description in rows
        }

    def rows(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """What a query finds. Raises StoreError."""
        try:
            return self.db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the rollout store {self.path} cannot be read: {error}") from error


_TOLD = "(rollouts > 0 OR statistics IS NOT NULL)"
"""Of a step: something is left of it, its rollouts or its statistics."""
_RUNS = (
    "SELECT id, name, reward, started, updated, "
    "(SELECT coalesce(sum(steps.rollouts), 0) FROM steps WHERE steps.run = runs.id), "
    "(SELECT count(*) FROM steps WHERE steps.run = runs.id "
    "AND (rollouts > 0 OR statistics IS NOT NULL)), steps_sent "
    "FROM runs ORDER BY updated DESC, id DESC"
)
_ROLLOUT = (
    "SELECT rollouts.id, runs.name, runs.id, runs.reward, rollouts.step, requests.at, rewards.version, "
    "rollouts.group_name, prompts.content, rollouts.words, rollouts.tokens, rollouts.marks, details.content "
    "FROM rollouts "
    "JOIN details ON details.rollout = rollouts.id JOIN requests ON requests.id = rollouts.request "
    "JOIN rewards ON rewards.id = requests.reward JOIN runs ON runs.id = rollouts.run "
    "LEFT JOIN prompts ON prompts.digest = details.prompt"
)


def narrow(row: tuple) -> NarrowRow:  # type: ignore[type-arg]
    """A row of the narrow columns."""
    return NarrowRow._make([*row[:13], row[13:]])


def _whole(row: tuple) -> StoredRollout:  # type: ignore[type-arg]
    number, run, run_number, reward, step, at, version, group, prompt, words, tokens, marks, content = row
    return StoredRollout(
        number=number,
        run=run,
        run_number=run_number,
        reward=reward,
        step=step,
        at=at,
        reward_version=version,
        group=group,
        prompt=None if prompt is None else msgspec.json.decode(prompt, type=Turns),
        words=words,
        tokens=tokens,
        marks=marks,
        content=msgspec.json.decode(content, type=Content),
    )
