"""A real `gavel serve`, in its own environment, for a trainer in another."""

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.processes import ROOT, ServerProcess, start_server

GAVEL = os.environ.get("GAVEL", str(ROOT / ".venv" / "bin" / "gavel"))

REWARD = """
name: spam
completion: {reasoning: {tag: think}, answer: {json: {label: [spam, ham]}}}
components:
  format:   {use: structure, weight: 0.6}
  accuracy: {use: label_match, weight: 0.4, field: label}
"""
RELATIVE = """
name: relative
completion: {reasoning: {tag: think}, answer: {json: {label: [spam, ham]}}}
components:
  format: {use: structure, weight: 0.5}
  brief:  {use: python, weight: 0.5, function: "own.py:brief", per: group, range: [0, 1]}
"""
FLAKY = """
name: flaky
completion: {reasoning: {tag: think}, answer: {json: {label: [spam, ham]}}}
components:
  format: {use: structure, weight: 0.5}
  judged: {use: python, weight: 0.5, function: "own.py:judged"}
"""
SLOW = FLAKY.replace("own.py:judged", "own.py:slowly")
OWN = '''
import asyncio
import itertools

from rubrics.cause import Cause
from rubrics.outcome import Unscored

_CALLS = itertools.count(1)


def brief(group):
    """The part of the group that is at least as long."""
    lengths = [len(rollout.completion.text) for rollout in group]
    return [sum(length <= other for other in lengths) / len(lengths) for length in lengths]


def judged(rollout):
    """One in twenty cannot be judged; what can has its length for a score."""
    if next(_CALLS) % 20 == 0:
        return Unscored(Cause.JUDGE_TIMEOUT)
    return min(1.0, len(rollout.completion.text) / 64)


async def slowly(rollout):
    await asyncio.sleep(0.5)
    return 1.0
'''


@contextlib.contextmanager
def serve(folder: Path, reward: str = REWARD, port: int = 0, *options: str) -> Iterator[ServerProcess]:
    """Serve a reward file until the block ends."""
    (folder / "own.py").write_text(OWN, encoding="utf-8")
    file = folder / "reward.yaml"
    file.write_text(reward, encoding="utf-8")
    command = (GAVEL, "serve", str(file), "--port", str(port), "--log-level", "error", *options)
    with start_server(*command, environment={"GAVEL_CACHE_DIR": str(folder / "cache")}) as server:
        yield server


def root_url(server: ServerProcess) -> str:
    """Scheme, host and port."""
    url = httpx.URL(server.base_url)
    return f"http://127.0.0.1:{url.port}"


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def rewards(url: str, rollouts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the server itself says of rollouts, by a request that no adapter had a hand in."""
    reply = httpx.post(f"{url}/v1/rewards", json={"rollouts": list(rollouts)}, trust_env=False, timeout=60)
    assert reply.status_code == 200, reply.text
    results: list[dict[str, Any]] = reply.json()["results"]
    return results


def answered(url: str) -> int:
    """How many batches a server has answered with rewards."""
    metrics = httpx.get(f"{url}/metrics", trust_env=False).text
    wanted = 'gavel_http_requests_total{route="/v1/rewards",status="200"}'
    return sum(int(float(line.split()[-1])) for line in metrics.splitlines() if line.startswith(wanted))
