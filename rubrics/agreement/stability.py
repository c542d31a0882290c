"""How well a judge agrees with itself: every statistic of two runs with its interval."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import mul
from typing import NamedTuple

import msgspec

from rubrics.agreement.bootstrap import LEAST_CLUSTERS, Bootstrap
from rubrics.agreement.concordance import concordance, kendall_tau_b, opposite_share
from rubrics.agreement.kappa import cohen_kappa
from rubrics.agreement.measures import Measure
from rubrics.agreement.noise import icc, noise_ratio, spread
from rubrics.shift import DIGITS

SAME = ("kappa", "flipped", "difference")
"""Measured of rollouts one by one."""
WITHIN = ("tau", "order_flipped", "noise_ratio", "icc")
"""Measured within groups."""

Sums = Callable[[str], list[float]]
"""A block of a group's numbers, added up over the groups drawn."""


class Found(NamedTuple):
    """What two runs found of one rollout."""

    group: str
    first: float
    second: float
    choices: tuple[str, str] | None = None
    """What either run decided; None of a reward, which is a number only."""


class Stability(msgspec.Struct, frozen=True):
    """How well the judge agrees with itself on one criterion."""

    criterion: str
    rollouts: int
    """Decided in both runs."""
    lost: int
    """Left undecided by a run: unscored, skipped, blank, or behind a gate."""
    groups: int
    """With two such rollouts or more: order and noise are taken within these."""
    measures: Mapping[str, Measure]


def stability(criterion: str, found: Sequence[Found], lost: int, bootstrap: Bootstrap) -> Stability:
    """Measure two runs on one criterion; intervals resample groups."""
    groups = _Groups(found)
    values = groups.statistics([1] * len(groups.sizes))
    intervals = bootstrap.intervals(groups.statistics, len(groups.sizes))
    measures = {
        name: Measure(value, intervals.get(name) if value is not None and groups.enough(name) else None)
        for name, value in values.items()
    }
    return Stability(criterion, len(found), lost, groups.comparing, measures)


class _Groups:
    """Numbers of each group that only need adding up, so that resamples are cheap."""

    def __init__(self, found: Sequence[Found]) -> None:
        by_group: dict[str, list[Found]] = {}
        for each in found:
            by_group.setdefault(each.group, []).append(each)
        self._levels = sorted({choice for each in found for choice in each.choices or ()})
        self.sizes = list(map(len, by_group.values()))
        self._columns = {
            name: list(zip(*map(numbers, by_group.values()), strict=True))
            for name, numbers in {
                "choices": self._choices,
                "difference": _differences,
                "order": lambda group: concordance(_rounded(group)),
                "spread": lambda group: spread(_rounded(group)),
            }.items()
        }

    @property
    def comparing(self) -> int:
        """Groups with two rollouts to compare."""
        return sum(size > 1 for size in self.sizes)

    def enough(self, name: str) -> bool:
        return (self.comparing if name in WITHIN else len(self.sizes)) >= LEAST_CLUSTERS

    def statistics(self, drawn: Sequence[int]) -> dict[str, float | None]:
        def sums(block: str) -> list[float]:
            return [sum(map(mul, drawn, column)) for column in self._columns[block]]

        return {**self._one_by_one(sums), **_within(sums)}

    def _choices(self, group: Sequence[Found]) -> Iterator[float]:
        said = [each.choices for each in group]
        return (said.count((one, other)) for one in self._levels for other in self._levels)

    def _one_by_one(self, sums: Sums) -> dict[str, float | None]:
        flat, size = sums("choices"), len(self._levels)
        table = [flat[row * size : (row + 1) * size] for row in range(size)]
        decided = sum(flat)
        equal = sum(table[level][level] for level in range(size))
        apart, rollouts = sums("difference") or (0.0, 0.0)
        values = (
            cohen_kappa(table),
            1 - equal / decided if decided else None,
            apart / rollouts if rollouts else None,
        )
        return dict(zip(SAME, values, strict=True))


def _within(sums: Sums) -> dict[str, float | None]:
    order, noise = sums("order") or [0.0] * 4, sums("spread") or [0.0] * 3
    values = (kendall_tau_b(order), opposite_share(order), noise_ratio(noise), icc(noise))
    return dict(zip(WITHIN, values, strict=True))


def _differences(group: Sequence[Found]) -> tuple[float, float]:
    return sum(abs(each.first - each.second) for each in group), len(group)


def _rounded(group: Sequence[Found]) -> list[tuple[float, float]]:
    """Findings that differ in their last bits only are equal."""
    return [(round(each.first, DIGITS), round(each.second, DIGITS)) for each in group]
