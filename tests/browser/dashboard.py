"""`gavel serve` with its pages, for a browser."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from tests.processes import ROOT, start_server

COLLAPSE = ROOT / "examples" / "dashboard" / "mended.yaml"
"""What the simulated run ends with."""
SHORT = """
name: short
components:
  length: {use: target_length, weight: 0.5, of: answer, unit: words, full: [2, 4], zero: [0, 9]}
  unique: {use: repetition, weight: 0.5, of: answer, ngram: 2}
"""
"""A reward without a judge."""


@contextmanager
def served(reward: Path, store: Path | str, token: str = "") -> Iterator[str]:
    """Serve a reward with a judge that is not there; the server's address without a `/` at its end.

    `store` may be `none`; a `token` is asked for.
    """
    gavel = str(Path(sys.executable).with_name("gavel"))
    command = (gavel, "serve", str(reward), "--port", "0", "--store", str(store), "--log-level", "error")
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", **({"GAVEL_TOKEN": token} if token else {})}
    with start_server(*command, environment=environment) as server:
        yield server.base_url.removesuffix("/v1/rewards")


def score(url: str, run: str, step: int, completions: Sequence[str]) -> Mapping[str, object]:
    """Have a group scored."""
    rollouts = [{"group": f"g{step}", "prompt": "p", "completion": each} for each in completions]
    content = json.dumps({"run": run, "step": step, "rollouts": rollouts}).encode()
    request = Request(f"{url}/v1/rewards", content, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        found: Mapping[str, object] = json.load(answer)
    return found
