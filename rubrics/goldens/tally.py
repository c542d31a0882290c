"""Results counted by criterion: what a judge gets right where a statement holds, and where it does not."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rubrics.goldens.results import Result
from rubrics.verdict import MET, UNMET


class Share(msgspec.Struct, frozen=True):
    """How many of some runs were right."""

    right: int
    of: int

    @property
    def rate(self) -> float | None:
        """The share; None of nothing."""
        return self.right / self.of if self.of else None


class Tally(msgspec.Struct, frozen=True):
    """One criterion over all cases that expect something of it. Unscored runs are not in its shares."""

    criterion: str | None
    """None for the value of the whole rubric."""
    met: Share
    """Runs in which it was to be met: the rate is the sensitivity."""
    unmet: Share
    """Runs in which it was to be unmet: the rate is the specificity."""
    other: Share
    """Runs in which a level or a value was expected, or that it is skipped."""
    flaky: int
    """Cases in which runs found different things."""
    unscored: int
    """Runs without a verdict."""


def tallies(results: Sequence[Result], order: Iterable[str]) -> list[Tally]:
    """One tally for each criterion that was tested, in this order; the rubric's value last."""
    by_criterion: dict[str | None, list[Result]] = {name: [] for name in (*order, None)}
    for result in results:
        by_criterion[result.criterion].append(result)
    return [_tally(name, found) for name, found in by_criterion.items() if found]


def _tally(criterion: str | None, results: Sequence[Result]) -> Tally:
    sides: Mapping[str, list[Result]] = {MET: [], UNMET: [], "": []}
    for result in results:
        sides[result.expected if result.expected in (MET, UNMET) else ""].append(result)
    return Tally(
        criterion,
        met=_share(sides[MET]),
        unmet=_share(sides[UNMET]),
        other=_share(sides[""]),
        flaky=sum(result.flaky for result in results),
        unscored=sum(result.unscored for result in results),
    )


def _share(results: Sequence[Result]) -> Share:
    right = sum(result.right for result in results)
    return Share(right, right + sum(result.wrong for result in results))
