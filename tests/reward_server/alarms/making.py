"""Histories of runs that never were: steps by hand, and of simulated policies."""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from reward_server.history.digest import digest
from reward_server.history.statistics import (
    ColumnStatistics,
    DeadGroups,
    JudgeStatistics,
    Quantiles,
    StepStatistics,
)
from reward_server.history.step_rows import Scorer, StepRows
from reward_server.store.entry import Description
from reward_server.store.features import Mark
from reward_server.store.reading import NarrowRow

KINDS = ("short", "duplicate", "copy", "inconsistent", "truncated", "first")
EXAMPLES = {kind: [10 * place + 1, 10 * place + 2] for place, kind in enumerate(KINDS)}
"""Rollouts 1 and 2 are short, 11 and 12 duplicates, 21 and 22 copies, ..., 51 and 52 the first."""


def column(mean: float | None = 0.6, **fields: Any) -> ColumnStatistics:
    """A component over 64 rollouts in 8 groups, half of the reward, within [0, 1]."""
    usual: dict[str, Any] = {
        "scored": 64,
        "unscored": 0,
        "mean": mean,
        "std": 0.4,
        "within": 0.3,
        "top": 0.3,
        "bottom": 0.1,
        "flat_groups": 0,
        "share": 0.5,
        "low": 0.0,
        "high": 1.0,
        "weight": 0.5,
    }
    return ColumnStatistics(**{**usual, **fields})


def words(median: float) -> Quantiles:
    return Quantiles(0.5 * median, median, 1.5 * median, 2 * median, 64)


def step(number: int, **fields: Any) -> StepStatistics:
    """A step in which nothing is wrong: 64 rollouts in 8 groups, two components, 250 words."""
    usual: dict[str, Any] = {
        "step": number,
        "at": 1000.0 + number,
        "rollouts": 64,
        "groups": 8,
        "scored": 64,
        "unscored": {},
        "reward": column(weight=None, share=None),
        "components": {"accuracy": column(), "rubric": column(0.5)},
        "criteria": {},
        "dead": DeadGroups(right=2),
        "words": words(250),
        "tokens": None,
        "duplicates": 2,
        "copies": 2,
        "inconsistent": 2,
        "truncated": 2,
        "malformed": 0,
        "judge": JudgeStatistics(),
        "versions": ["sha256:1"],
        "examples": EXAMPLES,
    }
    return StepStatistics(**{**usual, **fields})


def steps(*parts: tuple[int, Mapping[str, Any]]) -> list[StepStatistics]:
    """Steps 0, 1, 2, ...: so many of each kind."""
    kinds = [fields for count, fields in parts for _ in range(count)]
    return [step(number, **fields) for number, fields in enumerate(kinds)]


OK: Mapping[str, Any] = {}

COMPONENTS = ("accuracy", "format", "length", "rubric")
DESCRIPTION = Description(
    name="made",
    equation="",
    components=COMPONENTS,
    bounds=[(0.0, 1.0)] * 4,
    weights=[0.25] * 4,
    criteria=[],
    source="",
)


class Policy:
    """A policy at one step: what its rollouts are like. Those of a prompt are alike."""

    median = 250.0
    format = 0.95
    accuracy = 0.6
    inconsistent = 0.06
    duplicates = 0.05
    copies = 0.08
    truncated = 0.03
    unscored = 0.005


def simulated(
    seed: int, policies: Sequence[Policy], groups: int = 8, size: int = 8
) -> Iterator[StepStatistics]:
    """The statistics of steps under these policies, with all the noise of small groups."""
    chance = random.Random(seed)
    for number, policy in enumerate(policies):
        rows = [
            row
            for group in range(groups)
            for row in _group(chance, policy, number, f"{number}/{group}", size)
        ]
        numbered = [row._replace(id=1 + place + number * len(rows)) for place, row in enumerate(rows)]
        yield digest(number, float(number), StepRows(numbered, {0: Scorer("sha256:1", DESCRIPTION)}))


def _group(chance: random.Random, policy: Policy, number: int, name: str, size: int) -> Iterator[NarrowRow]:
    def near(rate: float) -> float:
        """A prompt's own rate: Beta-distributed around the policy's."""
        return chance.betavariate(2 * rate + 1e-9, 2 * (1 - rate) + 1e-9)

    right, wrong_end, copies = near(policy.accuracy), near(policy.inconsistent), near(policy.copies)
    for place in range(size):
        values = (
            float(chance.random() < right),
            float(chance.random() < policy.format),
            min(1.0, max(0.0, chance.gauss(0.7, 0.25))),
            sum(chance.random() < 0.7 for _ in range(5)) / 5,
        )
        marks = Mark(0)
        for rate, mark in (
            (wrong_end, Mark.INCONSISTENT),
            (copies, Mark.COPY),
            (policy.truncated, Mark.TRUNCATED),
        ):
            marks |= mark if chance.random() < rate else Mark(0)
        lost = chance.random() < policy.unscored
        same = chance.random() < policy.duplicates
        yield NarrowRow(
            id=0,
            request=0,
            name=f"{name}/{place}",
            group=name,
            reward=None if lost else math.fsum(values) / 4,
            cause="judge_timeout" if lost else None,
            words=round(policy.median * math.exp(chance.gauss(0, 0.4))),
            tokens=None,
            marks=int(marks),
            same=number if same else chance.getrandbits(60),
            disagreement=None,
            verdicts=None,
            judging=None,
            values=values,
        )


def changing(count: int, change: Callable[[Policy, int], None] = lambda _, __: None) -> list[Policy]:
    """A policy for each step, as `change` makes it of the usual one."""
    policies = []
    for number in range(count):
        policy = Policy()
        change(policy, number)
        policies.append(policy)
    return policies
