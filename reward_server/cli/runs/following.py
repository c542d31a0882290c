"""What arrives in a store, line by line."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import typer
from msgspec.structs import replace

from reward_server.cli.runs.tail_text import rollout_line, step_line
from reward_server.history.steps import compute
from reward_server.store.query import MOST, RolloutFilter, numbers, rollouts, summaries
from reward_server.store.reading import Run, Store

EVERY_S = 0.5
"""How often the store is looked at."""


class Source(Protocol):
    """Where lines come from."""

    def last(self, count: int) -> Iterable[str]:
        """The latest that are there already, the oldest of them first."""
        ...

    def more(self) -> Iterable[str]:
        """What came since."""
        ...


def watch(source: Source, last: int | None, *, follow: bool) -> None:
    """Print what there is, and what comes until nobody reads it any more. Raises StoreError.

    `last`: so many lines of what is there already; None for all of a source that begins at nothing.
    """
    _print(source.more() if last is None else source.last(last))
    while follow and wait():
        _print(source.more())


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
    sys.stdout.flush()


def wait() -> bool:
    """Wait a moment. Whether somebody reads what is printed still."""
    try:
        import select

        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (ImportError, AttributeError, OSError):  # no such call, or no such file
        time.sleep(EVERY_S)
        return True
    return not poll.poll(1000 * EVERY_S)


class Rollouts:
    """Rollouts of one run or of all."""

    def __init__(self, store: Store, wanted: RolloutFilter, *, new: bool = False) -> None:
        """`new`: none were told, so that all are more."""
        self._store = store
        self._wanted = replace(wanted, sort="arrival", limit=MOST)
        self._names = _Names(store)
        self._seen = 0 if new else _newest(store)

    def last(self, count: int) -> Iterator[str]:
        wanted = replace(self._wanted, descending=True, after=self._seen + 1)
        found = numbers(self._store, wanted, count)[::-1] if count else ()
        for rollout in summaries(self._store, found):
            yield rollout_line(self._names[rollout.run], rollout)

    def more(self) -> Iterator[str]:
        newest = _newest(self._store)
        while self._seen < newest:
            page = rollouts(self._store, replace(self._wanted, after=self._seen))
            for rollout in page.rollouts:
                yield rollout_line(self._names[rollout.run], rollout)
            self._seen = newest if page.after is None else page.after


class Steps:
    """Steps that are over, of one run or of all."""

    def __init__(self, store: Store, run: int | None) -> None:
        self._store = store
        self._run = run
        self._names = _Names(store)
        self._seen: dict[int, int] = {}

    def last(self, count: int) -> Iterator[str]:
        found = [*self._over()]
        yield from self._lines(found[-count:] if count else [])

    def more(self) -> Iterator[str]:
        return self._lines(self._over())

    def _over(self) -> Iterator[tuple[int, int]]:
        """Runs and steps that were not told yet and have a later step."""
        for run, newest in self._store.rows("SELECT run, max(step) FROM steps GROUP BY run"):
            if self._run in (None, run):
                query = "SELECT step FROM steps WHERE run = ? AND step > ? AND step < ? AND rollouts > 0"
                for (step,) in self._store.rows(query, run, self._seen.get(run, -1), newest):
                    self._seen[run] = step
                    yield run, step

    def _lines(self, over: Iterable[tuple[int, int]]) -> Iterator[str]:
        for run, step in over:
            told = compute(self._store, run, step)
            if told is not None:
                yield step_line(self._names[run], told)


class _Names(Mapping[int, str]):
    """What runs are called: asked again for one that is new."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: dict[int, Run] = {}

    def __getitem__(self, number: int) -> str:
        if number not in self._runs:
            self._runs = {run.id: run for run in self._store.runs()}
        return self._runs[number].name if number in self._runs else str(number)

    def __iter__(self) -> Iterator[int]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)


def _newest(store: Store) -> int:
    return int(store.rows("SELECT coalesce(max(id), 0) FROM rollouts")[0][0])
