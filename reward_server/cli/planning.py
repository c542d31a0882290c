"""From what `gavel plan` is told to a plan, under both meanings of a batch size."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from msgspec.structs import replace

from reward_server.cli.plan_inputs import ASSUMED_FAILURES, NO_CACHE, RateOptions, Shares, Size
from reward_server.connect import arithmetic
from reward_server.load.capacity import measured
from reward_server.load.capacity.asking import Asking, Questions
from reward_server.load.capacity.plan import Plan
from reward_server.load.capacity.plan import plan as plan_of
from reward_server.load.capacity.scenario import Load, Scenario, load

if TYPE_CHECKING:
    from judges.cost.size import Step
    from reward_server.cli.plan_inputs import PlanRegimes
    from reward_server.cli.plan_lengths import Lengths
    from reward_server.connect.trainer import Counts
    from reward_server.load.capacity.measured import Found


@dataclass(frozen=True, slots=True)
class Reading:
    """The step, if its number counts `counts`."""

    counts: "Counts"
    line: str
    """`128 prompts x 8 = 1,024 rollouts`."""
    mine: str | None
    """Why this is the one that is planned for; None where it is not."""
    load: Load


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what else the number may mean."""

    plan: Plan
    readings: list[Reading]


def planned(
    rubric: Path | None,
    lengths: "Lengths",
    size: Size,
    rates: RateOptions,
    shares: Shares,
    *,
    layout: "PlanRegimes | None",
    prefix_cache: bool | None,
    kv_tokens: int | None,
) -> Planned:
    """Plan. Raises ConfigError and BadParameter."""
    rates.check()
    found = measured.read(rates.measured) if rates.measured else None
    questions, repeated = lengths.questions(rubric, layout)
    known = repeated if shares.duplicates is None else shares.duplicates
    asking = Asking(questions.regime, _cached(prefix_cache, found), settled=_settled(shares.gated, known))
    scenario = Scenario(questions, _step(size), asking, rates.engine(found), size.budget_s)
    _check(scenario, measured=found is not None)
    notes = [*_notes(shares, repeated, scenario, found, rubric)]
    return Planned(plan_of(scenario, _failed(shares, found), kv_tokens, notes), [*_readings(scenario, size)])


def _step(size: Size) -> "Step":
    counts, batch = size.batch.counts(), size.batch
    read = {step.counts: step for step in arithmetic.steps(batch.number, batch.group_size, None)}
    return size.step(read[counts].rollouts)


def _check(scenario: Scenario, *, measured: bool) -> None:
    if scenario.budget_s is not None and scenario.engine is None:
        hint = "say --prefill-tps, --slots or --from, or leave --budget out"
        raise typer.BadParameter(f"without rates there is no time: {hint}", param_hint="--budget")
    times = load(scenario).times
    if not measured and times is not None and not times.replies_timed:
        raise typer.BadParameter("replies of several tokens take time, too", param_hint="--decode-tps")


def _cached(prefix_cache: bool | None, found: "Found | None") -> bool:
    """As it is said, else as it was measured, else there is one."""
    if prefix_cache is not None:
        return prefix_cache
    return found is None or found.cache_hit_rate is None or found.cache_hit_rate > NO_CACHE


def _settled(gated: float, known: float) -> float:
    return 1.0 - (1.0 - gated) * (1.0 - known)


def _failed(shares: Shares, found: "Found | None") -> float:
    if shares.failures is not None:
        return shares.failures
    return found.failed if found else ASSUMED_FAILURES


def _notes(
    shares: Shares, repeated: float, scenario: Scenario, found: "Found | None", rubric: Path | None
) -> Iterator[str]:
    if found is not None:
        yield from found.notes
        if _another(rubric, scenario.questions, found):
            yield "measured with another rubric: rates depend on prompts, so load-test with this one"
        if not scenario.asking.cached:
            yield "no prefix cache: the engine had none when it was measured, or --no-prefix-cache"
    if repeated and shares.duplicates is None:
        yield f"repeated texts: {repeated:.1%} of the sample, which the cache of verdicts spares"


def _another(rubric: Path | None, questions: Questions, found: "Found") -> bool:
    return rubric is not None and found.rubric is not None and found.rubric.split(" ")[0] != questions.title


def _readings(scenario: Scenario, size: Size) -> Iterator[Reading]:
    """Both meanings of the number."""
    batch, group_size = size.batch, size.batch.group_size
    counts, trainer = batch.counts(), batch.known_trainer()
    for step in arithmetic.steps(batch.number, group_size, None):
        told = f"{trainer.title}: {trainer.batch_setting}" if trainer else "this plan"
        mine = told if step.counts is counts else None
        read = replace(scenario, step=size.step(step.rollouts))
        yield Reading(step.counts, arithmetic.line(step, group_size), mine, load(read))
