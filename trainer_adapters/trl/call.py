"""One call of TRL's, scored: a request, and lines in TRL's logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainer_adapters.client import shared
from trainer_adapters.client.origin import as_told
from trainer_adapters.client.scores import Scores
from trainer_adapters.trl.groups import membership
from trainer_adapters.trl.log import LogExtra, LogMetric, log
from trainer_adapters.trl.options import Options
from trainer_adapters.trl.rollouts import Batch, Row, rollouts_of


@dataclass(frozen=True)
class Call:
    """What a reward function was called with."""

    options: Options
    batch: Batch
    log_metric: LogMetric | None
    log_extra: LogExtra | None

    @classmethod
    def of(cls, options: Options, given: Mapping[str, Any]) -> "Call":
        """Sort TRL's keywords into what they are."""
        columns = dict(given)
        metric, extra = columns.pop("log_metric", None), columns.pop("log_extra", None)
        step = getattr(columns.pop("trainer_state", None), "global_step", None)
        alike = columns.pop("environments", None) is None
        prompts, completions = columns.pop("prompts"), columns.pop("completions")
        ids = columns.pop("completion_ids", None)
        return cls(options, Batch(prompts, completions, ids, columns, step, alike), metric, extra)

    def rollouts(self) -> list[Row]:
        """The rollouts, without ids and groups: the same for every function that is called with them."""
        return rollouts_of(self.batch, self.options)

    async def score(self, rollouts: Sequence[Row], *, components: bool) -> Scores:
        """Score them and log what came of it; `components`: also each component."""
        members = membership(self.batch, self.options.settings)
        sent = [{**rollout, **member} for rollout, member in zip(rollouts, members, strict=True)]
        whose = as_told(self.options.settings.run, self.batch.step)
        scores = await shared(self.options.settings).ascore(sent, **whose._asdict())
        name = self.options.settings.reward
        log(scores, f"gavel/{name}" if name else "gavel", self.log_metric, self.log_extra, components)
        return scores
