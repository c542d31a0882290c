"""Exit codes, and what a failure prints."""

import os
import sys
from collections.abc import Callable

import typer

OK = 0
RUNTIME = 1
USAGE = 2
GATE = 3
INTERRUPTED = 130


def guarded(run: Callable[[], object]) -> int:
    """Run a command; print its user's mistakes as messages. Returns the exit code."""
    from rubrics.problems import ConfigError

    try:
        run()
    except ConfigError as error:
        typer.echo(error, err=True)
        return USAGE
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
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
