"""Contenders have the same steps judged in turn, so that a slow moment of the machine hits all of them."""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from benchmarks.environments import NoEnvironmentError, python_of
from benchmarks.report import parser

ROOT = Path(__file__).parent.parent
ROLLOUTS, WARM_UP = 1024, 64


class Contender(NamedTuple):
    """A way to have a step judged."""

    name: str
    module: str
    """In `benchmarks.contenders`."""
    environment: str | None = None
    share: float = 1.0
    """Part of the rollouts it is given, because the whole would take minutes."""

    def rollouts(self, count: int) -> int:
        """How many of `count` rollouts it is given: whole groups."""
        return max(WARM_UP, int(count * self.share))


CONTENDERS = (
    Contender("gavel", "gavel"),
    Contender("raw sockets (floor)", "raw_sockets"),
    Contender("pyreqwest, bare", "pyreqwest_loop", "clients"),
    Contender("aiohttp, bare", "aiohttp_loop", "clients"),
    Contender("verl-style compute_score", "verl_style", "clients"),
    Contender("openai, aiohttp transport", "openai_aiohttp", "clients"),
    Contender("TRL-style, openai", "openai_default", "clients"),
    Contender("verifiers JudgeRubric", "verifiers_rubric", "verifiers", 0.25),
    Contender("rubric PerCriterionGrader", "rubric_grader", "rubric", 0.25),
    Contender("OpenJudge GradingRunner", "openjudge_runner", "openjudge", 0.25),
    Contender("LiteLLM acompletion", "litellm_acompletion", "litellm", 0.25),
    Contender("autorubric CriterionGrader", "autorubric_grader", "autorubric", 0.125),
)
BY_NAME = {contender.name: contender for contender in CONTENDERS}
OURS, FLOOR, TRL_STYLE = "gavel", "raw sockets (floor)", "TRL-style, openai"
BARE = frozenset({FLOOR, "pyreqwest, bare", "aiohttp, bare"})
"""Loops that only move bytes: they check nothing and compute no reward, so they are floors and no peers."""


class Run(NamedTuple):
    """A step, measured in the contender's process."""

    calls: int
    wall_s: float
    cpu_s: float
    groups_s: list[float]
    """When each group was done, first to last."""

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU a call."""
        return self.cpu_s / self.calls * 1e6


class BrokenContenderError(Exception):
    """A contender that gave up; what it said is on the standard error."""


class Worker:
    """A contender's process (see `benchmarks.contenders.worker`)."""

    def __init__(self, contender: Contender) -> None:
        python = python_of(contender.environment)
        self.contender = contender
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            [python, "-m", f"benchmarks.contenders.{contender.module}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )
        self._read()

    def open(self, url: str, concurrency: int | None) -> None:
        """Make the contender's client."""
        self._ask({"url": url, "concurrency": concurrency})

    def step(self, rollouts: int, step: int) -> Run:
        """Have a step judged; no two steps of a number have a text in common."""
        return Run(**self._ask({"rollouts": self.contender.rollouts(rollouts), "step": step}))

    def close(self) -> None:
        """Close the client."""
        self._ask({})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _ask(self, order: dict[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._said.seek(0)
            last = [line for line in self._said.read().splitlines() if line][-1:]
            raise BrokenContenderError(f"{self.contender.name}: {''.join(last)[:200]}")
        return json.loads(line)  # type: ignore[no-any-return]


class Contest(NamedTuple):
    """Who ran what, and who did not."""

    runs: dict[str, list[Run]]
    missing: list[str]


@contextmanager
def workers(
    only: Iterable[str], url: str, concurrency: int | None
) -> Iterator[tuple[list[Worker], list[str]]]:
    """Processes of those whose name holds one of `only` (all for none), tried out; and who is missing.

    Ours and the floor always run. Whoever cannot be installed or judges nothing is missing.
    """
    missing: list[str] = []
    with ExitStack() as stack:
        found: list[Worker] = []
        for contender in _chosen(list(only)):
            try:
                worker = stack.enter_context(Worker(contender))
                worker.open(url, concurrency)
                worker.step(WARM_UP, 0)
                worker.close()
                found.append(worker)
            except (NoEnvironmentError, BrokenContenderError) as error:
                if contender.environment is None:
                    raise
                missing.append(str(error))
        yield found, missing


def _chosen(only: Sequence[str]) -> list[Contender]:
    return [
        each
        for each in CONTENDERS
        if each.environment is None or not only or any(part in each.name for part in only)
    ]


def contest(only: Iterable[str], url: str, concurrency: int, rollouts: int, rounds: int) -> Contest:
    """Rounds in which every contender, with a client that it keeps, has a step judged in its turn."""
    with workers(only, url, concurrency) as (found, missing):
        for worker in found:
            worker.open(url, concurrency)
            worker.step(WARM_UP, 0)
        runs: dict[str, list[Run]] = {worker.contender.name: [] for worker in found}
        for number in range(1, rounds + 1):
            for worker in found:
                runs[worker.contender.name].append(worker.step(rollouts, number))
    return Contest(runs, missing)


def options(doc: str | None) -> argparse.ArgumentParser:
    """Those of a contest."""
    found = parser(doc)
    found.add_argument("--rollouts", type=int, default=ROLLOUTS)
    found.add_argument("--only", nargs="*", default=[], help="contenders by part of their name; ours always")
    return found
