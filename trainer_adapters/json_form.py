"""The JSON form of what trainers carry in their rows, and what has none."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

Json = Any
"""None, a bool, a number, text, or lists and objects of these."""

_log = logging.getLogger(__name__)


def plain(value: object) -> Json:
    """The JSON form of a value: numpy scalars and arrays, mappings and sequences of such.

    Raises TypeError for what JSON has no form of: images, NaN, objects.
    """
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def plain_items(items: Mapping[str, object]) -> Iterator[tuple[str, Json]]:
    """Those of the items that JSON has a form of, with one warning for each name that is left out."""
    for name, value in items.items():
        try:
            yield name, plain(value)
        except (TypeError, RecursionError) as reason:  # noqa: PERF203 - each may fail by itself
            _warn_of(name, str(reason))


def plain_or_none(name: str, value: object) -> Json:
    """The JSON form of one value, or None, with a warning, where it has none."""
    return dict(plain_items({name: value})).get(name)


def present(fields: Mapping[str, Json]) -> dict[str, Json]:
    """The fields that have a value: a rollout leaves out what is not known of it."""
    return {name: value for name, value in fields.items() if value is not None}


@cache
def _warn_of(name: str, reason: str) -> None:
    _log.warning("%r is not sent to the reward server: %s", name, reason)
