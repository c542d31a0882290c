"""What is asked about a rollout, and the ways to ask it."""

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

from judges.cost.profile import Asked, Profile

Regime = Literal["criterion_first", "criterion_last", "listed", "packed"]
"""Where a criterion stands. `criterion_first`: ahead of the texts, as many hand-written judges have it and
Gavel never does. `criterion_last`, `listed`: the layouts of a rubric. `packed`: all in one question."""


class Asking(msgspec.Struct, frozen=True):
    """One way to ask."""

    regime: Regime = "criterion_last"
    cached: bool = True
    """Whether the engine has a prefix cache."""
    votes: int | None = None
    """Most votes on a question; None: as many as are meant."""
    one_token: bool = False
    """Verdicts of one token, without reasoning first."""
    settled: float = 0.0
    """Share of the rollouts of which nothing is asked: gated by code, or known already."""


class Questions(Protocol):
    """What is asked about each rollout, in any regime."""

    @property
    def title(self) -> str:
        """Whose questions these are."""

    @property
    def notes(self) -> list[str]:
        """Where the sizes come from."""

    @property
    def regime(self) -> Regime:
        """As they are meant to be asked."""

    def profile(self, regime: Regime) -> Profile:
        """The sizes of their prompts."""


def profile_of(questions: Questions, asking: Asking) -> Profile:
    """The sizes of what is asked in this way."""
    profile = questions.profile(asking.regime)
    asked = {name: _asked(one, asking) for name, one in profile.criteria.items()}
    kept = 1.0 - asking.settled
    return replace(profile, criteria=asked, rollouts_asked=profile.rollouts_asked * kept)


def most_votes(profile: Profile) -> int:
    """Of the question that is put most often."""
    return max((asked.samples for asked in profile.criteria.values()), default=1)


def reasons(asked: Mapping[str, Asked]) -> bool:
    """Whether a judge reasons in words before any answer."""
    return any(map(_reasons, asked.values()))


def _asked(asked: Asked, asking: Asking) -> Asked:
    if asking.one_token and _reasons(asked):
        asked = replace(asked, written=None, then=asked.then[1:])
    samples = asked.samples if asking.votes is None else min(asked.samples, asking.votes)
    return replace(asked, samples=samples, share=asked.share * (1.0 - asking.settled))


def _reasons(asked: Asked) -> bool:
    return asked.written is not None and bool(asked.then)
