"""The store that a command reads, and the run in it that is meant."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from reward_server.store.reading import Run, Store

StorePath = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="GAVEL_STORE",
        help="SQLite file of the store. [default: ~/.local/share/gavel/rollouts.sqlite3]",
    ),
]
RunName = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN", help="A run by name, by NAME/REWARD or by number; left out, the one written last."
    ),
]


def path_of_store(given: str | None) -> Path:
    """The file of the store. Raises ConfigError where there is none by the user's own word."""
    from reward_server.store.options import NONE, VARIABLE, path_of
    from rubrics.problems import ConfigError

    path = path_of(given)
    if path is None:
        message = f"there is no rollout store: --store or {VARIABLE} is `{NONE}`"
        raise ConfigError(message, hint="name the file that `gavel serve --store` writes")
    return path


@contextmanager
def opened(given: str | None) -> Iterator["Store"]:
    """A store, open for reading. Raises ConfigError, and StoreError for a file that cannot be read."""
    from reward_server.store.reading import Store

    store = Store(path_of_store(given))
    try:
        yield store
    finally:
        store.close()


def chosen(store: "Store", named: str | None) -> "Run":
    """The run that is meant, or the one that was written to last. Raises ConfigError, StoreError."""
    from reward_server.store.reading import NoSuchRun
    from rubrics.problems import ConfigError

    if named is None:
        return _latest(store)
    try:
        return store.run(named)
    except NoSuchRun as error:
        raise ConfigError(str(error), hint="`gavel runs list` has them all, with their numbers") from None


def _latest(store: "Store") -> "Run":
    from rubrics.problems import ConfigError

    runs = store.runs()
    if not runs:
        raise ConfigError(f"no run is stored in {store.path}", hint="`gavel serve` stores what it scores")
    return runs[0]
