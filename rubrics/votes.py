"""Several votes on one statement as one reading, and how many votes have to be asked for. Pure.

A vote is one judge of the panel times one sample: its reading, or why it has none. Votes stand in a fixed
order, whatever order they arrive in, and are asked for in waves. With `majority` and `min` the waves end
where the rest could not change the outcome; then the reading is the one that all votes would have come to.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec

from rubrics.cause import Cause
from rubrics.criteria.criterion import HALF, Criterion
from rubrics.criteria.expectation import worth
from rubrics.criteria.label import NO, YES
from rubrics.judging import Reduce
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Reading

Vote = Reading | Unscored


class Count(msgspec.Struct, frozen=True):
    """How the votes on one statement are counted."""

    criterion: Criterion
    reduce: Reduce
    votes: int
    """How many there can be."""
    min_votes: int | None
    """Fewest that must have been given; None: all, unless the outcome is certain without the rest."""
    gain: Callable[[float], float]
    """What a finding earns, up to a factor above 0."""

    def wave(self, given: Sequence[Vote]) -> int:
        """How many more votes to ask for now; 0 where the outcome is certain, or nobody is left to ask."""
        left = self.votes - len(given)
        readings = _readings(given)
        lacking = max(0, (self.min_votes or 0) - len(readings))
        if self._certain(readings) is not None:
            return min(left, lacking)
        return min(left, max(self._enough(readings), lacking))

    def result(self, given: Sequence[Vote]) -> Vote:
        """What the votes come to, once `wave` asks for no more.

        Unscored with the cause of the first failure where too few were given. Of one vote, it is that vote.
        """
        if self.votes == 1:
            return given[0]
        readings = _readings(given)
        found = self._found(readings)
        if found is None:
            return _why_none(given)
        return Reading(found.choices, found.reason, tuple(map(self._finding, readings)))

    def distances(self, given: Sequence[Vote], result: Vote) -> list[float | None]:
        """How far each vote lies from what they came to; None for those without a finding."""
        if self.votes == 1 or isinstance(result, Unscored):
            return [None] * len(given)
        found = self._finding(result)
        return [abs(self._finding(vote) - found) if isinstance(vote, Reading) else None for vote in given]

    def _found(self, readings: Sequence[Reading]) -> Reading | None:
        if len(readings) >= (self.min_votes or self.votes):
            return self._reduced(readings)
        return self._certain(readings) if self.min_votes is None else None

    def _enough(self, readings: Sequence[Reading]) -> int:
        """So many further votes could make the outcome certain."""
        if self.reduce == "mean":
            return self.votes
        if self.reduce == "min":
            return self.votes if readings else 1
        sides = Counter(map(self._side, readings))
        return self.votes // 2 + 1 - max(sides.values(), default=0)

    def _certain(self, readings: Sequence[Reading]) -> Reading | None:
        """What the outcome is whatever the votes that are not given would say; None where that is open."""
        if self.reduce == "majority":
            return self._won(readings, self.votes)
        if self.reduce == "min" and readings:
            least = self._least(readings)
            return least if self._earned(least) == self._worst else None
        return None

    def _reduced(self, readings: Sequence[Reading]) -> Reading:
        if self.reduce == "min":
            return self._least(readings)
        won = self._won(readings, len(readings)) if self.reduce == "majority" else None
        return won or _mean(self.criterion, readings)

    def _won(self, readings: Sequence[Reading], of: int) -> Reading | None:
        """What more than half of so many votes found, as a certainty."""
        for side, count in Counter(map(self._side, readings)).items():
            if 2 * count > of:
                first = next(reading for reading in readings if self._side(reading) == side)
                return Reading({each: float(each == side) for each in self.criterion.choices}, first.reason)
        return None

    def _least(self, readings: Sequence[Reading]) -> Reading:
        return min(readings, key=self._earned)

    def _earned(self, reading: Reading) -> float:
        # Probabilities sum to 1 but for rounding, which must not make a finding worse than the worst.
        return max(self._worst, self.gain(self._finding(reading)))

    def _side(self, reading: Reading) -> str:
        """What a vote found: yes or no, or the most probable level."""
        if self.criterion.levels is None:
            return YES if reading.choices[YES] >= HALF else NO
        return max(self.criterion.choices, key=lambda level: reading.choices[level])

    def _finding(self, reading: Reading) -> float:
        return self.criterion.expected_value(reading.choices)

    @property
    def _worst(self) -> float:
        """The least that any finding earns, which is at an end of the scale or where a label is."""
        scale = self.criterion.scale
        return min(map(self.gain, (0.0, 1.0) if scale is None else scale.values()))


def count_of(rubric: Rubric, criterion: Criterion, rollout: Rollout, judges: int) -> Count:
    """How the votes of so many judges on this statement are counted. Its label is there and valid."""
    expected = criterion.target(rollout)
    assert isinstance(expected, float), "a statement without its label is not asked"
    sign = math.copysign(1.0, rubric.weight_of(criterion, rollout))
    votes, fewest = judges * rubric.samples_of(criterion), rubric.judge.min_votes
    return Count(
        criterion,
        rubric.judge.reduce,
        votes,
        None if fewest is None else min(fewest, votes),
        lambda finding: sign * worth(finding, expected),
    )


def _readings(votes: Sequence[Vote]) -> list[Reading]:
    return [vote for vote in votes if isinstance(vote, Reading)]


def _why_none(votes: Sequence[Vote]) -> Unscored:
    """The first failure, and an abstention only where there is nothing else.

    A rubric may have a rule for abstentions, which is not for judges that are down.
    """
    failures = [vote for vote in votes if isinstance(vote, Unscored)]
    return min(failures, key=lambda failure: failure.cause is Cause.JUDGE_ABSTAINED)


def _mean(criterion: Criterion, readings: Sequence[Reading]) -> Reading:
    """The mean probability of each choice, with the first reason that was given."""
    shares: Mapping[str, float] = {
        choice: math.fsum(reading.choices[choice] for reading in readings) / len(readings)
        for choice in criterion.choices
    }
    return Reading(shares, next((reading.reason for reading in readings if reading.reason), None))
