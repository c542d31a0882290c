"""A store and a run that may not be there yet, for who watches from before the first rollout."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from reward_server.cli.exits import OK
from reward_server.cli.runs.opening import chosen, opened, path_of_store

if TYPE_CHECKING:
    from reward_server.store.reading import Run, Store

_HALF_MADE = 10
"""So many looks, a file that has just appeared may be no store yet: its server is making it."""
_TOLD = 8


class Found(NamedTuple):
    """What is watched."""

    store: "Store"
    run: int | None
    """None for all runs."""
    new: bool
    """Whether it was waited for, so that all of it came since."""


@contextmanager
def there(given: str | None, named: str | None) -> Iterator[Found]:
    """What is there now. Raises ConfigError, StoreError."""
    with opened(given) as store:
        yield Found(store, None if named is None else chosen(store, named).id, new=False)


@contextmanager
def awaited(given: str | None, named: str | None) -> Iterator[Found]:
    """What is there, or is once it comes; standard error says what is waited for.

    Raises ConfigError, StoreError, and Exit where nobody reads any more.
    """
    path = path_of_store(given)
    was_there = path.exists()
    with closing(_store(path)) as store:
        new = not was_there or not _has(store, named)
        _wait_for_run(store, named)
        yield Found(store, None if named is None else chosen(store, named).id, new)


def _store(path: Path) -> "Store":
    from reward_server.store.reading import Store

    if path.exists():
        return Store(path)
    _say(f"a rollout store at {path}")
    while not path.exists():
        _wait()
    return _once_made(path)


def _once_made(path: Path) -> "Store":
    from reward_server.store.database import StoreError
    from reward_server.store.reading import Store

    for _ in range(_HALF_MADE):
        try:
            return Store(path)
        except StoreError:
            _wait()
    return Store(path)


def _wait_for_run(store: "Store", named: str | None) -> None:
    if _has(store, named):
        return
    which = "" if named is None else f" {ascii(named)[:80]}"
    known = ", ".join(ascii(run.name)[1:-1][:60] for run in store.runs()[:_TOLD])
    _say(f"a run{which} in {store.path}{known and f'; there are: {known}'}")
    while not _has(store, named):
        _wait()


def _has(store: "Store", named: str | None) -> bool:
    return any(named is None or named in _names(run) for run in store.runs())


def _names(run: "Run") -> tuple[str, ...]:
    return run.name, f"{run.name}/{run.reward}", str(run.id)


def _say(what: str) -> None:
    typer.echo(f"waiting for {what}; Ctrl-C ends it", err=True)


def _wait() -> None:
    """Wait a moment. Raises Exit where nobody reads any more."""
    from reward_server.cli.runs.following import wait

    if not wait():
        raise typer.Exit(OK)
