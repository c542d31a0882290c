"""What happens when in the simulated training run, and what of it can be known beforehand."""

from collections.abc import Mapping

import msgspec

HEALTHY, COLLAPSING = "baseline", "no-length-reward"
FEWEST = 10
"""Steps in which everything has room."""


class Mood(msgspec.Struct, frozen=True, kw_only=True):
    """How the policy answers at a step. Shares are of its completions."""

    right: float
    formed: float
    """Share in the declared form."""
    words: float
    """Of reasoning, on average."""
    stock: float
    """Share that is one of a few phrases."""
    contradicting: float
    """Share that argues for the other conclusion than it gives."""
    cut: float
    """Share cut off by the token limit."""


class Story(msgspec.Struct, frozen=True):
    """The steps of the collapsing run at which something happens. Steps count from 0."""

    steps: int

    @property
    def healthy(self) -> "Story":
        """That of the run before it, which is shorter, and where nothing happens."""
        return Story(max(FEWEST, self.steps // 3))

    @property
    def hostile(self) -> int:
        """The step with completions that attack whoever shows them."""
        return self.steps // 5

    @property
    def outage(self) -> range:
        """The steps without a judge."""
        start = self.steps * 3 // 10
        return range(start, start + max(1, self.steps // 60))

    @property
    def collapse(self) -> int:
        """The step at which reasoning begins to shrink."""
        return self.steps * 11 // 20

    @property
    def bottom(self) -> int:
        """The first step of the shortest reasoning."""
        return self.collapse + max(1, self.steps // 12)

    @property
    def mended(self) -> int:
        """The step from which the reward pays for length."""
        return self.steps * 4 // 5

    @property
    def recovered(self) -> int:
        """The first step at which reasoning is as long as it was."""
        return self.mended + max(1, self.steps // 12)

    def mood(self, step: int, *, collapses: bool) -> Mood:
        """How the policy answers at a step, of a run that collapses or of one that does not."""
        learnt = _ramp(step, 0, self.steps * 2 // 5)
        fallen = self._fallen(step) if collapses else 0.0
        return Mood(
            right=0.55 + 0.3 * learnt,
            formed=0.82 + 0.13 * learnt,
            words=_mixed(230 + 30 * learnt, 30, fallen),
            stock=0.7 * fallen,
            contradicting=0.02 + 0.13 * fallen,
            cut=0.02 * (1 - fallen),
        )

    def _fallen(self, step: int) -> float:
        return _ramp(step, self.collapse - 1, self.bottom) - _ramp(step, self.mended - 1, self.recovered)


class Truth(msgspec.Struct, kw_only=True):
    """What is known of a store that a simulated run has filled. Written as JSON by `run.py --truth`."""

    healthy: str
    """Name of the run in which all goes well."""
    collapsing: str
    """Name of the run with the story."""
    reward: str
    steps: int
    """Of the collapsing run."""
    healthy_steps: int
    groups: int
    rollouts: int
    """In a group."""
    hostile_step: int
    hostile: Mapping[str, str]
    """Ids of the hostile rollouts, by what is hostile in them."""
    outage: list[int]
    """Steps without a judge."""
    collapse: int
    """The step at which reasoning begins to shrink, from 260 words on average."""
    bottom: int
    """The first step with 30 words."""
    mended: int
    """The step from which a new version of the reward pays for length."""
    recovered: int
    """The first step at 260 words again."""
    sent: dict[str, list[int]]
    """Rollouts of each step, by run."""
    unscored: dict[str, list[dict[str, int]]]
    """Answers without a reward, by run, step and cause."""
    versions: dict[str, list[list[str]]]
    """Reward versions that answered, by run and step."""


def _ramp(step: int, start: int, end: int) -> float:
    """0 until `start`, 1 from `end` on, and straight in between."""
    return min(max((step - start) / (end - start), 0.0), 1.0)


def _mixed(from_: float, to: float, share: float) -> float:
    return from_ + (to - from_) * share
