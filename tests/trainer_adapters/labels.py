"""A reward whose values are known by looking: 1 for spam, 0.25 for ham, 0 for what is not well formed."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.reward_server.http.serving import GAVEL, Served, started

REWARD = """
name: test
completion: {answer: {json: {label: [spam, ham]}}}
components:
  accuracy: {use: label_match, weight: 0.75, field: label}
  format:   {use: structure, weight: 0.25}
"""
RELATIVE = """
name: relative
completion: {answer: {json: {label: [spam, ham]}}}
components:
  best: {use: python, weight: 1, function: "own.py:place", per: group, range: [0, 1]}
"""
SLOW = """
name: test
completion: {answer: {json: {label: [spam, ham]}}}
components:
  accuracy: {use: label_match, weight: 0.75, field: label}
  patience: {use: python, weight: 0.25, function: "own.py:wait_for_ham"}
"""
"""1 for spam at once; ham is never done."""
OWN = """
import asyncio

async def wait_for_ham(rollout):
    if "ham" in rollout.completion.text:
        await asyncio.sleep(60)
    return 1

def place(group):
    lengths = sorted(len(rollout.completion.text) for rollout in group)
    return [lengths.index(len(rollout.completion.text)) / (len(lengths) - 1) for rollout in group]
"""
"""The longest completion of a group gets 1, the shortest 0."""
COMPLETIONS = ('{"label": "spam"}', '{"label": "ham"}', "spam, I think")
"""Their rewards are 1, 0.25 and 0 where the ground truth is {"label": "spam"}; without one, none has any."""


@contextlib.contextmanager
def serve_labels(directory: Path, *options: str, reward: str = REWARD) -> Iterator[Served]:
    """Serve it until the block ends."""
    (directory / "own.py").write_text(OWN, encoding="utf-8")
    file = directory / "reward.yaml"
    file.write_text(reward, encoding="utf-8")
    with started((GAVEL, "serve", str(file), "--port", "0", *options), directory / "stderr.txt") as served:
        yield served
