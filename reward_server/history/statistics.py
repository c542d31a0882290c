"""What can be told of one step of a run. Shapes only; `digest.py` fills them.

Numbers are null where there is nothing they could be of. Lengths are in words of reasoning.
"""

from collections.abc import Mapping, Sequence

import msgspec


class Quantiles(msgspec.Struct, frozen=True):
    """A distribution by its 5th, 50th, 95th and 99th percentiles (nearest rank)."""

    p05: float
    p50: float
    p95: float
    p99: float
    of: int
    """How many values."""


class ColumnStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """One column, the reward or a component, over a step."""

    scored: int
    unscored: int
    mean: float | None
    std: float | None
    """Sample standard deviation over all scored rollouts; null below two."""
    within: float | None
    """Mean over groups of the standard deviation within a group: what group standardisation has to work with;
    null without a group of two scored rollouts."""
    top: float | None
    """Share of scored rollouts at the column's greatest value."""
    bottom: float | None
    """Share of scored rollouts at its least value."""
    flat_groups: int
    """Groups of at least two scored rollouts whose values are all equal."""
    share: float | None = None
    """Share of the advantage's variance (engine/summary.py); null for the reward, and where all groups are
    dead."""
    low: float | None = None
    """The least value it can have; null without such a bound."""
    high: float | None = None
    """The greatest, likewise."""
    weight: float | None = None
    """A component's share of the reward; null for the reward."""


class DeadGroups(msgspec.Struct, frozen=True):
    """Groups of at least two rollouts from which no gradient comes, by why."""

    right: int = 0
    """All rewards equal, at the reward's greatest value."""
    wrong: int = 0
    """All rewards equal, at its least value."""
    equal: int = 0
    """All rewards equal, in between."""
    unscored: int = 0
    """Fewer than two rollouts have a reward, or less than half of them, and those are equal."""

    @property
    def total(self) -> int:
        return self.right + self.wrong + self.equal + self.unscored


class CriterionStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion of a rubric over a step, over the rollouts that have a verdict with a value."""

    verdicts: int
    mean: float | None
    met: float | None
    """Base rate: the share of values of at least one half."""
    within: float | None
    """Mean over groups of the standard deviation within a group."""


class JudgeStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What judging a step took, over all judges."""

    calls: int = 0
    failed: int = 0
    """Calls that brought nothing that could be used."""
    spared: int = 0
    """Questions answered by the verdict cache, or together with one in flight."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Prompt tokens from the engine's prefix cache."""
    completion_tokens: int = 0
    seconds: Quantiles | None = None
    """Of one call."""
    disagreement: float | None = None
    """Mean over rollouts of the greatest disagreement of votes; null without several votes."""


class StepStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one run."""

    step: int
    at: float
    """When its last rollout was stored, in seconds since 1970."""
    rollouts: int
    groups: int
    """Groups of at least two rollouts."""
    scored: int
    unscored: Mapping[str, int]
    """Unscored rollouts by cause."""
    reward: ColumnStatistics
    components: Mapping[str, ColumnStatistics]
    criteria: Mapping[str, CriterionStatistics]
    dead: DeadGroups
    words: Quantiles | None
    tokens: Quantiles | None
    duplicates: int
    """Rollouts whose completion another one of the step before them has, spaces aside."""
    copies: int
    inconsistent: int
    truncated: int
    malformed: int
    judge: JudgeStatistics
    versions: Sequence[str]
    """The reward versions that scored it."""
    examples: Mapping[str, Sequence[int]]
    """Numbers of a few stored rollouts to look at, by what they are examples of: `short`, `duplicate`,
    `copy`, `inconsistent`, `truncated`, `malformed`, `unscored:CAUSE`, `dead:WHY` with right, wrong, equal
    or unscored, and `first`: the first rollouts of the first groups."""


History = Sequence[StepStatistics]
"""A run's steps, in order."""
