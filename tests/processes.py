"""Real server processes for tests: started, waited for, and always stopped."""

import contextlib
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
START_LIMIT = 30.0
STOP_LIMIT = 15.0

_URL = re.compile(r"https?://[^\s,]+")


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that has printed its ready line."""

    process: subprocess.Popen[str]
    ready_line: str
    base_url: str
    """The first URL of the ready line: for a judge it ends in /v1."""

    @property
    def root_url(self) -> str:
        """Scheme, host and port of the base URL."""
        return self.base_url.removesuffix("/v1")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(STOP_LIMIT)


@contextlib.contextmanager
def start_server(*command: str, environment: Mapping[str, str] | None = None) -> Iterator[ServerProcess]:
    """Run a command from the project's root until the block ends.

    Ready means one line with a URL on stdout. Standard error is the test's own.
    """
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            line = _ready_line(process)
            yield ServerProcess(process, line, _URL.findall(line)[0])
        finally:
            _end(process)


@contextlib.contextmanager
def start_sim(*options: str) -> Iterator[ServerProcess]:
    """Run a simulated judge on a free port with these command-line options."""
    with start_server(sys.executable, "-m", "judges.sim", "--port", "0", *options) as server:
        yield server


def _ready_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + START_LIMIT
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(deadline - time.monotonic()):
            line = process.stdout.readline()
            if _URL.search(line):
                return line.strip()
            if not line:
                raise RuntimeError(f"{process.args!r} ended with {process.wait()} before it was ready")
    raise RuntimeError(f"{process.args!r} was not ready after {START_LIMIT:g} s")


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
