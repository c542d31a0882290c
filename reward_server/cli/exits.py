"""Exit codes, and what a failure prints."""

from collections.abc import Callable

import typer

OK = 0
RUNTIME = 1
"""Something outside of the user's files went wrong, such as a full disk."""
USAGE = 2
"""A mistake in the command line or in a file."""
GATE = 3
"""A limit that the user set was not kept."""
INTERRUPTED = 130
"""Ctrl-C; typer's own code for it, too."""


def guarded(run: Callable[[], object]) -> int:
    """Run a command; print its user's mistakes as messages. Returns the exit code."""
    from reward_server.store.database import StoreError
    from rubrics.problems import ConfigError

    try:
        run()
    except ConfigError as error:
        typer.echo(error, err=True)
        return USAGE
    except StoreError as error:
        typer.echo(f"error: {error}", err=True)
        return RUNTIME
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        typer.echo(f"error: {error.strerror or error}{where}", err=True)
        return RUNTIME
    except SystemExit as stop:
        return _code(stop.code)
    return OK


def _code(code: object) -> int:
    if isinstance(code, str):
        typer.echo(code, err=True)
        return RUNTIME
    return code if isinstance(code, int) else OK
