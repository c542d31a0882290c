"""A sample summed up group by group, so that thousands of resamples of its groups are cheap."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import permutations

from rubrics.agreement.alpha import coincidences
from rubrics.agreement.counts import Pairs, table
from rubrics.agreement.prediction import Weighted
from rubrics.agreement.sample import Item, Sample


class Clustered:
    """The sufficient statistics of each group. Resamples are given as how often each group was drawn."""

    def __init__(self, sample: Sample) -> None:
        by_group: dict[str, list[Item]] = {}
        for item in sample.items:
            by_group.setdefault(item.group, []).append(item)
        self.groups = list(by_group.values())
        self._levels = len(sample.levels)

    @property
    def once(self) -> list[int]:
        """The sample itself: each group drawn once."""
        return [1] * len(self.groups)

    @property
    def judged_groups(self) -> int:
        """Groups with a rollout that the judge decided."""
        return sum(map(bool, self._judge_pairs))

    @property
    def doubly_rated_groups(self) -> int:
        """Groups with a rollout that several people labelled."""
        return sum(map(bool, self._human_pairs))

    def judge_pairs(self, drawn: Sequence[int]) -> list[list[float]]:
        """Counts of label against choice. A rollout with m labels adds 1/m for each."""
        return self._table(self._judge_pairs, drawn)

    def human_pairs(self, drawn: Sequence[int]) -> list[list[float]]:
        """Counts of one person's label against another's. A rollout with several labels adds 1 in all."""
        return self._table(self._human_pairs, drawn)

    def human_coincidences(self, drawn: Sequence[int]) -> list[list[float]]:
        """Krippendorff's coincidences among people."""
        return self._table(self._human_coincidences, drawn)

    def predictions(self, drawn: Sequence[int]) -> list[Weighted]:
        """Probabilities against labels, the highest first, without groups that were not drawn."""
        return [
            (probability, holds, weight * drawn[group])
            for group, (probability, holds, weight) in self._predictions
            if drawn[group]
        ]

    def _table(self, pairs: Sequence[Pairs], drawn: Sequence[int]) -> list[list[float]]:
        weighted = (
            (pair, weight * times)
            for counted, times in zip(pairs, drawn, strict=True)
            if times
            for pair, weight in counted.items()
        )
        return table(weighted, self._levels)

    @cached_property
    def _judge_pairs(self) -> list[Pairs]:
        return self._counted(_against_judge)

    @cached_property
    def _human_pairs(self) -> list[Pairs]:
        return self._counted(_against_each_other)

    @cached_property
    def _human_coincidences(self) -> list[Pairs]:
        return self._counted(lambda item: iter(coincidences(item.labels).items()))

    def _counted(self, pairs_of: "Callable[[Item], Iterator[tuple[tuple[int, int], float]]]") -> list[Pairs]:
        return [_summed(pair for item in group for pair in pairs_of(item)) for group in self.groups]

    @cached_property
    def _predictions(self) -> list[tuple[int, Weighted]]:
        found = [
            (number, (item.probability, label == 1, 1 / len(item.labels)))
            for number, group in enumerate(self.groups)
            for item in group
            if item.probability is not None
            for label in item.labels
        ]
        return sorted(found, key=lambda each: -each[1][0])


def _summed(pairs: Iterator[tuple[tuple[int, int], float]]) -> Pairs:
    counts: dict[tuple[int, int], float] = {}
    for pair, weight in pairs:
        counts[pair] = counts.get(pair, 0.0) + weight
    return counts


def _against_judge(item: Item) -> Iterator[tuple[tuple[int, int], float]]:
    if item.choice is not None:
        for label in item.labels:
            yield (label, item.choice), 1 / len(item.labels)


def _against_each_other(item: Item) -> Iterator[tuple[tuple[int, int], float]]:
    raters = len(item.labels)
    for pair in permutations(item.labels, 2):
        yield pair, 1 / (raters * (raters - 1))
