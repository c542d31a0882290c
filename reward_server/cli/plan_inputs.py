"""What `gavel plan` is told of the step, the engine, and what is not asked."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reward_server.cli.duration import duration

if TYPE_CHECKING:
    from judges.cost.size import Step
    from reward_server.connect.trainer import Counts, Trainer
    from reward_server.load.capacity.engine import Engine
    from reward_server.load.capacity.measured import Found

ASSUMED_FAILURES = 0.01
NO_CACHE = 0.01
"""An engine whose prompts were cached to this share at most has no prefix cache."""


class PlanRegimes(StrEnum):
    """Where a criterion stands."""

    CRITERION_FIRST = "criterion_first"
    CRITERION_LAST = "criterion_last"
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class Batch:
    """The size of a step, in one of its meanings."""

    rollouts: int | None
    prompts: int | None
    batch_size: int | None
    trainer: str | None
    group_size: int
    oversample: float

    @property
    def number(self) -> int:
        """The one that was given. Raises BadParameter."""
        given = [n for n in (self.rollouts, self.prompts, self.batch_size) if n is not None]
        if len(given) != 1:
            message = "say one of --rollouts, --prompts, and --batch-size with --trainer"
            raise typer.BadParameter(message, param_hint="--rollouts")
        return given[0]

    def counts(self) -> "Counts":
        """What it counts. Raises BadParameter, and ConfigError for an unknown trainer."""
        from reward_server.connect.trainer import Counts

        if self.batch_size is None:
            return Counts.PROMPTS if self.prompts is not None else Counts.ROLLOUTS
        trainer = self.known_trainer()
        if trainer is None:
            number, product = f"{self.batch_size:,}", f"{self.batch_size * self.group_size:,}"
            message = f"{number} rollouts, or {number} prompts and so {product} rollouts? --trainer says"
            raise typer.BadParameter(message, param_hint="--batch-size")
        return trainer.counts

    def known_trainer(self) -> "Trainer | None":
        """The trainer of --trainer. Raises ConfigError for an unknown one."""
        from reward_server.connect.directory import find

        return None if self.trainer is None else find(self.trainer)

    def judged(self, rollouts: int) -> int:
        """Rollouts that are judged, for so many that are trained on."""
        return ceil(rollouts * self.oversample)


@dataclass(frozen=True, slots=True)
class RateOptions:
    """What is known of the engine."""

    prefill_tps: float | None
    decode_tps: float | None
    slots: int | None
    ttft: float
    latency: float | None
    measured: Path | None

    def engine(self, found: "Found | None") -> "Engine | None":
        """The model of it; None without rates."""
        from reward_server.load.capacity.engine import Shared, Slots

        if found is not None:
            return found.engine
        if self.slots is not None:
            return Slots(self.slots, self.ttft, self.prefill_tps, self.decode_tps)
        if self.prefill_tps is None:
            return None
        return Shared(self.prefill_tps, self.decode_tps, self.ttft, self.latency)

    def check(self) -> None:
        """Raise BadParameter for rates that say too little or too much."""
        rates = {
            "--prefill-tps": self.prefill_tps,
            "--decode-tps": self.decode_tps,
            "--latency": self.latency,
        }
        for flag, rate in rates.items():
            if rate is not None and rate <= 0:
                raise typer.BadParameter(f"{rate:g} is not more than 0", param_hint=flag)
        given = [flag for flag, rate in {**rates, "--slots": self.slots}.items() if rate is not None]
        if self.measured is not None and (given or self.ttft):
            raise typer.BadParameter("the report has the rates", param_hint=(given or ["--ttft"])[0])
        if self.slots is None and self.prefill_tps is None and (given or self.ttft):
            hint = (given or ["--ttft"])[0]
            raise typer.BadParameter("time needs --prefill-tps or --slots, too", param_hint=hint)
        if self.slots is not None and self.latency is not None:
            raise typer.BadParameter("the other rates say it", param_hint="--latency")
        if self.slots is not None and not (self.ttft or self.prefill_tps):
            raise typer.BadParameter("time needs --ttft or --prefill-tps, too", param_hint="--slots")


@dataclass(frozen=True, slots=True)
class Shares:
    """What is not asked, and what fails."""

    gated: float
    duplicates: float | None
    failures: float | None


@dataclass(frozen=True, slots=True)
class Size:
    """What the step, its judges and their time are given as."""

    batch: Batch
    budget: str | None
    judges: int
    replicas: int
    decode_tokens: int

    @property
    def budget_s(self) -> float | None:
        """Raises BadParameter."""
        if self.budget is None:
            return None
        return duration(self.budget, "--budget", least=1e-9)

    def step(self, rollouts: int) -> "Step":
        """The step of so many rollouts that are trained on."""
        from judges.cost.size import Step

        return Step(
            rollouts=self.batch.judged(rollouts),
            group_size=self.batch.group_size,
            judges=self.judges,
            replicas=self.replicas,
            decode_tokens=self.decode_tokens,
        )
