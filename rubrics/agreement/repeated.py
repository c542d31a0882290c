"""Two runs of one judge on the same rollouts, side by side."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rubrics.agreement.bootstrap import Bootstrap
from rubrics.agreement.judged import Judged
from rubrics.agreement.shown import shown
from rubrics.agreement.stability import Found, Stability, stability
from rubrics.problems import ConfigError

Runs = Sequence[tuple[Judged, Judged]]
"""What the first run said of a rollout, and the second."""


class Retest(msgspec.Struct, frozen=True):
    """How well the judge agrees with itself."""

    criteria: Sequence[Stability]
    reward: Stability | None
    """Of the rewards, which a policy learns from; None where no reward stands in both files."""
    rollouts: int
    """In both files."""
    unmatched: int
    """In one of the files only."""

    @property
    def identical(self) -> bool:
        """Whether no verdict differs at all, as where a cache answered the second time."""
        found = [each.measures["difference"].value for each in self.criteria if each.rollouts]
        return bool(found) and not any(found)


def retest(
    first: Mapping[str, Judged], second: Mapping[str, Judged], bootstrap: Bootstrap, order: Sequence[str] = ()
) -> Retest:
    """Compare two runs, criterion by criterion in this order; without one, as they come. Raises ConfigError.

    Criteria that code decides are left out: it says the same of the same.
    """
    runs = [(judged, second[name]) for name, judged in first.items() if name in second]
    if not runs:
        raise ConfigError("the two runs have no rollout in common", hint="score the same rollouts twice")
    for one, other in runs:
        _refuse_others(one, other)
    judged = [name for name in order or _criteria(runs) if _is_judged(name, runs)]
    rewards = list(_rewards(runs))
    return Retest(
        criteria=[_stability(name, list(_found(name, runs)), runs, bootstrap) for name in judged],
        reward=_stability("reward", rewards, runs, bootstrap) if rewards else None,
        rollouts=len(runs),
        unmatched=len(first.keys() ^ second.keys()),
    )


def _refuse_others(first: Judged, second: Judged) -> None:
    digests = {digest for digest in (first.rollout_digest, second.rollout_digest) if digest is not None}
    if first.group != second.group or len(digests) > 1:
        message = f"the rollout {shown(first.id)} of the second run is another one"
        raise ConfigError(message, hint="score one file of rollouts twice, with the same judge")


def _criteria(runs: Runs) -> list[str]:
    return list(dict.fromkeys(v.criterion for pair in runs for each in pair for v in each.verdicts or ()))


def _is_judged(criterion: str, runs: Runs) -> bool:
    """Only a judge gives probabilities."""
    return any(v.probability is not None for pair in runs for each in pair for v in each.about(criterion))


def _stability(criterion: str, found: Sequence[Found], runs: Runs, bootstrap: Bootstrap) -> Stability:
    return stability(criterion, found, len(runs) - len(found), bootstrap)


def _found(criterion: str, runs: Runs) -> Iterator[Found]:
    for one, other in runs:
        first, second = one.only(criterion), other.only(criterion)
        if first is None or second is None or first.probability is None or second.probability is None:
            continue
        if first.choice is not None and second.choice is not None:
            yield Found(one.group, first.probability, second.probability, (first.choice, second.choice))


def _rewards(runs: Runs) -> Iterator[Found]:
    for one, other in runs:
        if one.reward is not None and other.reward is not None:
            yield Found(one.group, one.reward, other.reward)
