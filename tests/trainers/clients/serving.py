"""A real `gavel serve`, out of its own environment, with rewards that are known by looking."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT, start_server

GAVEL = os.environ.get("GAVEL", str(ROOT / ".venv" / "bin" / "gavel"))
REWARD = """
name: test
completion: {answer: {json: {label: [spam, ham]}}}
components:
  accuracy: {use: label_match, weight: 0.75, field: label}
  format:   {use: structure, weight: 0.25}
"""
COMPLETIONS = ('{"label": "spam"}', '{"label": "ham"}', "spam, I think")
TRUTH = {"label": "spam"}
"""With it the rewards are 1, 0.25 and 0; without it there are none."""


@contextlib.contextmanager
def serve_labels(directory: Path, port: int = 0) -> Iterator[str]:
    """Scheme, host and port of a server, until the block ends."""
    file = directory / "reward.yaml"
    file.write_text(REWARD, encoding="utf-8")
    with start_server(GAVEL, "serve", str(file), "--port", str(port)) as server:
        yield server.base_url.removesuffix("/rewards").removesuffix("/v1")


def connect(*arguments: str) -> str:
    """What `gavel connect` prints."""
    done = subprocess.run(
        [GAVEL, "connect", *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout
