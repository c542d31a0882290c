"""A `gavel` server as a child process, for the examples: started, waited for, and always stopped."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec

GAVEL = str(Path(sys.executable).with_name("gavel"))
STOP_S = 10


@contextmanager
def running(*arguments: str, port: int = 0, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run `gavel ARGUMENTS --port PORT`; the URL it is ready at. Nothing is left running afterwards.

    Nothing is stored unless `--store` or `environment` names a file: an exported GAVEL_STORE
    is that of real runs.
    """
    process = subprocess.Popen(
        [GAVEL, *arguments, "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "GAVEL_STORE": "none", **(environment or {})},
    )
    try:
        yield _ready_at(process)
    finally:
        _stop(process)


def _ready_at(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    print(line.strip())
    found = [word.strip(",") for word in line.split() if word.startswith("http://")]
    if not found:
        raise SystemExit(f"`{' '.join(map(str, process.args))}` did not start")  # type: ignore[arg-type]
    return found[0]


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def post(url: str, body: object) -> bytes:
    """POST JSON and return the answer's body."""
    request = Request(url, msgspec.json.encode(body), {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        content: bytes = answer.read()
    return content
