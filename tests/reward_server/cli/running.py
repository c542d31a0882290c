"""The `gavel` command, in this process and as one of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from reward_server.cli import app
from reward_server.cli.exits import guarded
from tests.processes import ROOT

GAVEL = [sys.executable, "-c", "from reward_server.cli import main; main()"]
"""The console script's own line, under the interpreter of the tests."""


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Gavel:
    """Runs commands in this process, which takes no time."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Done:
        words = [str(argument) for argument in arguments]
        code = guarded(lambda: app(words, prog_name="gavel"))
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return Done(code, out, err)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **(extra or {})}


def gavel_process(*arguments: object, cwd: Path | str = "/", extra: Mapping[str, str] | None = None) -> Done:
    """Run a command to its end in a process of its own."""
    command = [*GAVEL, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, env=environment(extra), capture_output=True, text=True, timeout=60, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)
