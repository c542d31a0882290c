"""The arithmetic of rankings: reading one, and measuring it against what is relevant."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Never

from rubrics.rollout import Json

Order = Sequence[str]
"""Item ids, the first one ranked highest."""
Gains = Mapping[str, float]
"""Item -> its relevance, at least 0; an item that is not in it has 0."""


def read_order(value: Json) -> list[str] | None:
    """Item ids out of a JSON array of strings and integers (3 and `"3"` are the same id), or None."""
    if not isinstance(value, list):
        return None
    order = [item_id(item) for item in value]
    return None if None in order else [item for item in order if item is not None]


def item_id(value: Json) -> str | None:
    """An item id as text; None for what cannot be one."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def parse_order(text: str) -> list[str] | None:
    """Item ids out of text that is exactly one JSON array. Linear in the text; never raises."""
    try:
        return read_order(json.loads(text.strip(), parse_constant=_refuse))
    except (ValueError, RecursionError):
        return None


def read_gains(value: Json) -> dict[str, float] | None:
    """Relevance out of item -> gain, a list of relevant ids, or one id; None where it is none of these."""
    if isinstance(value, dict):
        return (
            {item: float(gain) for item, gain in value.items()}
            if all(map(_is_gain, value.values()))
            else None
        )
    order = read_order(value if isinstance(value, list) else [value])
    return dict.fromkeys(order, 1.0) if order is not None and len(set(order)) == len(order) else None


def dcg(gains: Sequence[float]) -> float:
    """Discounted cumulative gain with linear gains: sum of g_i / log2(i + 1), ranks i from 1."""
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def ndcg(order: Order, gains: Gains, k: int | None = None) -> float:
    """DCG@k of `order` over the greatest one its items allow (Järvelin and Kekäläinen 2002), in [0, 1].

    At least one item must have a positive gain.
    """
    given = [gains.get(item, 0.0) for item in order]
    return min(1.0, dcg(given[:k]) / dcg(sorted(given, reverse=True)[:k]))


def recall(order: Order, gains: Gains, k: int | None = None) -> float:
    """The share of the relevant items (positive gain) of `order` that stand in its first `k`."""
    relevant = [gains.get(item, 0.0) > 0 for item in order]
    return sum(relevant[:k]) / sum(relevant)


def promotion(shown: Order, answered: Order, target: str) -> float:
    """(rank shown - rank answered) / |D| of the target, in (-1, 1) (GR2, arXiv 2602.07774)."""
    return (shown.index(target) - answered.index(target)) / len(shown)


def _is_gain(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _GREATEST_GAIN


_GREATEST_GAIN = 1e100
"""Keeps every sum finite."""


def _refuse(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")
