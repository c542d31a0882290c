"""Will a step fit: the document `plan/v1`."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from judges.cost.size import Step
from reward_server.load.capacity.asking import Asking, Regime
from reward_server.load.capacity.failures import beyond, incomplete
from reward_server.load.capacity.scenario import Load, Scenario, Times, load
from reward_server.load.capacity.verdict import verdict
from reward_server.load.capacity.ways import Way, cheapest

RETRIES = 2
QUANTILES = {"p99.9": 0.999, "p99.99": 0.9999}
REGIMES: Sequence[Regime] = ("criterion_first", "criterion_last", "listed", "packed")


class Failures(msgspec.Struct, frozen=True):
    """What goes wrong in a step of this size."""

    failed: float
    """Share of attempts that fail."""
    calls_per_rollout: float
    incomplete: Sequence[float]
    """Share of the rollouts without a verdict, by the retries that a call gets: 0, 1, 2."""
    beyond: dict[str, float]
    """Probability that a step holds a call slower than this percentile of all calls."""


class Memory(msgspec.Struct, frozen=True):
    """Room for keys and values on one replica."""

    tokens: int
    calls: int
    """Calls whose prompts fit, if none share anything."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole plan."""

    schema: Literal["plan/v1"] = "plan/v1"
    questions: str
    rollouts: int
    group_size: int
    groups: int
    judges: int
    replicas: int
    """Of each judge."""
    budget_s: float | None
    fits: bool | None
    """Null without a budget, or where the time of replies is not known and the rest keeps it."""
    now: Load
    """As it is meant to be asked."""
    regimes: Sequence[Load]
    """To compare with: without a prefix cache, and each regime with one."""
    ways: Sequence[Way]
    """The cheapest ways to make it fit; empty where it does, or where nothing would."""
    failures: Failures
    memory: Memory | None
    verdict: str
    notes: Sequence[str]


def plan(scenario: Scenario, failed: float, kv_tokens: int | None = None, notes: Sequence[str] = ()) -> Plan:
    """Plan for one step. `failed` is the share of attempts that fail."""
    now, budget = load(scenario), scenario.budget_s
    fits = None if budget is None or now.times is None else _fits(now.times, budget)
    ways = cheapest(scenario) if fits is False else []
    step = scenario.step
    return Plan(
        questions=scenario.questions.title,
        rollouts=step.rollouts,
        group_size=step.group_size,
        groups=step.groups,
        judges=step.judges,
        replicas=step.replicas,
        budget_s=budget,
        fits=fits,
        now=now,
        regimes=regimes(scenario),
        ways=ways,
        failures=_failures(now, step, failed),
        memory=_memory(now, kv_tokens),
        verdict=verdict(now, step, budget, ways),
        notes=[*scenario.questions.notes, *notes],
    )


def regimes(scenario: Scenario) -> list[Load]:
    """Without a prefix cache as it is asked now, then each regime with one."""
    now = scenario.asking
    bare = Asking(now.regime, False, now.votes, now.one_token, now.settled)
    shown = REGIMES if now.regime != "packed" else ("packed",)
    return [load(scenario, bare), *(load(scenario, _cached(now, regime)) for regime in shown)]


def _cached(asking: Asking, regime: Regime) -> Asking:
    return replace(asking, regime=regime, cached=True)


def _fits(now: Times, budget_s: float) -> bool | None:
    if not now.fits(budget_s):
        return False
    return True if now.replies_timed else None


def _failures(now: Load, step: Step, failed: float) -> Failures:
    calls = now.calls / step.rollouts
    return Failures(
        failed=failed,
        calls_per_rollout=calls,
        incomplete=[incomplete(failed, calls, retries) for retries in range(RETRIES + 1)],
        beyond={name: beyond(quantile, now.calls) for name, quantile in QUANTILES.items()},
    )


def _memory(now: Load, kv_tokens: int | None) -> Memory | None:
    if kv_tokens is None or not now.calls:
        return None
    return Memory(kv_tokens, int(kv_tokens * now.calls / now.prompt_tokens))
