"""B5: what prompts cost a real vLLM with a prefix cache: 64 rollouts in groups of 8, 8 criteria each.

    python -m benchmarks.prefill [--rounds 3] [--rollouts 64]

The same rollouts and criteria, asked through the same judge engine of the same server, one token a call. Each
kind of prompt starts on an empty prefix cache, and they take turns. `criterion first` is ours with the
criterion ahead of the texts. The prompts of rubric and autorubric are written by their own code, and the
longer answers that they want (a reason with each verdict) are not asked for. The model, made on the spot, has
random parameters, enough of them for prefill to dominate. `make test-vllm` makes vLLM's environment.
"""

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import uvloop

from benchmarks.prompts.evidence import GROUP
from benchmarks.prompts.layouts import CRITERIA, YES_NO, Layout, layouts
from benchmarks.report import Column, Result, Row, Target, finish, parser
from judges.backends.openai import Openai
from judges.judge import Judge
from judges.observer import Unobserved
from judges.request import Usage
from tests.environments.vllm_server import MODEL, make_model, start_vllm

ROLLOUTS = 64
SIZE = ("--hidden", "512", "--layers", "3", "--vocabulary", "4096")
BLOCK = "128"
"""Tokens of a cache block, this build's default. Half a block is computed anew in every call, whatever the
prompt, which weighs on the shortest prompts most; engines on GPUs have blocks of 16."""
LIMITS = {"criterion_last": 2.0, "listed": 3.5}
"""Times faster than each of the others."""
COLUMNS: Sequence[Column] = (
    ("prompts", "prompts", ""),
    ("wall s", "wall_s", ".1f"),
    ("prompt tokens", "tokens", ",.0f"),
    ("computed", "computed", ",.0f"),
    ("wall, criterion last = 1", "ratio", ".2f"),
    ("wall, listed = 1", "ratio_listed", ".2f"),
)


class Run(NamedTuple):
    """One layout's round."""

    wall_s: float
    tokens: int
    computed: int
    """Prompt tokens that were not in the prefix cache."""


class Tokens(Unobserved):
    """Counts what the server says of its tokens."""

    def __init__(self) -> None:
        self.prompt = self.cached = 0

    def replied(self, usage: Usage, seconds: float) -> None:  # noqa: ARG002 - the observer's signature
        self.prompt += usage.prompt
        self.cached += usage.cached


def samples(found: Sequence[Layout]) -> list[Mapping[str, object]]:
    """A few questions of each layout, which the model and its tokenizer are made for."""
    chosen = [prompt for layout in found for prompt in layout.prompts[:: len(layout.prompts) // 6]]
    return [{"messages": prompt.messages, "choices": YES_NO} for prompt in chosen]


async def measured(layout: Layout, url: str) -> Run:
    tokens = Tokens()
    options = {"base_url": url, "model": MODEL, "api_key_env": None, "cache": {"store": "none"}}
    judge = Judge.of(Openai.model_validate({**options, "verdict": "token"}), tokens)
    started = time.perf_counter()
    await layout.ask(judge)
    wall_s = time.perf_counter() - started
    await judge.aclose()
    return Run(wall_s, tokens.prompt, tokens.prompt - tokens.cached)


def forget(url: str) -> None:
    """Empty the server's prefix cache."""
    request = HttpRequest(f"{url.removesuffix('/v1')}/reset_prefix_cache", method="POST")
    with urlopen(request, timeout=60):
        pass


def rounds(found: Sequence[Layout], url: str, count: int) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {layout.name: [] for layout in found}
    for number in range(count):
        for layout in found:
            forget(url)
            run = uvloop.run(measured(layout, url))
            print(f"round {number + 1}, {layout.name}: {run.wall_s:.1f} s", flush=True)
            runs[layout.name].append(run)
    return runs


def times_faster(runs: Mapping[str, Sequence[Run]], ours: str, other: str) -> float:
    """Median over the rounds of how many times as long the other took."""
    pairs = zip(runs[other], runs[ours], strict=True)
    return median(theirs.wall_s / mine.wall_s for theirs, mine in pairs)


def row(runs: Mapping[str, Sequence[Run]], name: str) -> Row:
    return {
        "prompts": name,
        "wall_s": median(run.wall_s for run in runs[name]),
        "tokens": median(run.tokens for run in runs[name]),
        "computed": median(run.computed for run in runs[name]),
        "ratio": times_faster(runs, "criterion_last", name),
        "ratio_listed": times_faster(runs, "listed", name),
    }


def targets(runs: Mapping[str, Sequence[Run]]) -> list[Target]:
    others = [name for name in runs if name not in LIMITS]
    return [
        Target(f"B5 {ours} against {other}", times_faster(runs, ours, other), limit, at_least=True, unit=" x")
        for ours, limit in LIMITS.items()
        for other in others
    ]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rollouts", type=int, default=ROLLOUTS)
    given = options.parse_args()
    found, missing = layouts(given.rollouts)
    with tempfile.TemporaryDirectory() as folder:
        model = make_model(Path(folder), samples(found), *SIZE)
        with start_vllm(model, Path(folder) / "vllm.log", block_size=BLOCK) as url:
            uvloop.run(measured(found[0]._replace(prompts=found[0].prompts[:CRITERIA]), url))  # warms up
            runs = rounds(found, url, given.rounds)
    title = f"B5: {given.rollouts} rollouts in groups of {GROUP} x {CRITERIA} criteria on a real vLLM"
    rows = [row(runs, name) for name in runs]
    conditions = f"vLLM 0.32 on the CPU, one thread, cache blocks of {BLOCK} tokens, 10 million parameters"
    finish(
        Result("prefill", title, targets(runs), list(COLUMNS), rows, missing=missing, conditions=conditions),
        given.json,
    )


if __name__ == "__main__":
    main()
