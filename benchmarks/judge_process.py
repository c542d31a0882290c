"""The null judge as a process of its own."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


@contextmanager
def null_judge(*options: str) -> Iterator[Sequence[str]]:
    """The base URL of each replica (see `benchmarks.null_judge.__main__` for the options)."""
    command = [sys.executable, "-m", "benchmarks.null_judge", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        urls = [word for word in process.stdout.readline().split() if word.startswith("http://")]
        try:
            yield urls
        finally:
            process.terminate()


def ledger(urls: str) -> dict[str, float]:
    """What the judge at these base URLs counted since it was last asked (`benchmarks.null_judge.ledger`)."""
    root = urls.partition(" ")[0].removesuffix("/v1")
    request = urllib.request.Request(f"{root}/stats", data=b"", method="POST")
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)  # type: ignore[no-any-return]
