"""Samples to measure."""

from collections.abc import Sequence
from random import Random

from rubrics.agreement.sample import YES_OR_NO, Item, Sample


def said(group: object, labels: Sequence[int], probability: float | None) -> Item:
    """A statement labelled by people and judged; None: not judged."""
    if probability is None:
        return Item(str(group), tuple(labels), missing="judge_timeout")
    return Item(str(group), tuple(labels), int(probability >= 0.5), probability)


def statement(items: Sequence[Item], name: str = "cites") -> Sample:
    return Sample(name, items)


def noisy(groups: int, each: int = 4, *, raters: int = 1, seed: int = 0, shift: float = 0.0) -> Sample:
    """Raters who are wrong one time in ten about a truth that the judge knows roughly."""
    random = Random(seed)
    items = []
    for number in range(groups * each):
        truth = random.random() < 0.4
        labels = [int(truth != (random.random() < 0.1)) for _ in range(raters)]
        probability = min(1.0, max(0.0, random.gauss(0.3 + 0.4 * truth + shift, 0.15)))
        items.append(said(number // each, labels, round(probability, 2)))
    return statement(items)


def scale(pairs: Sequence[tuple[int, int]], levels: int = 3) -> Sample:
    """One group for each pair of label and choice."""
    items = [Item(str(number), (label,), choice) for number, (label, choice) in enumerate(pairs)]
    names = tuple(f"level_{number}" for number in range(levels))
    assert names != YES_OR_NO
    return Sample("tone", items, names, is_statement=False)
