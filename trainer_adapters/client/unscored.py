"""Results for rollouts that no server answered for, in the shape of the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainer_adapters.client.scores import Result

UNREACHABLE = "unreachable"
"""The one cause that is the adapter's own; the others are the server's."""


def unreachable(
    rollouts: Sequence[Mapping[str, Any]], detail: str, weights: Mapping[str, float] | None
) -> list[Result]:
    """Return an unscored result for each rollout, with a column for each component that is known."""
    return [_result(position, rollout, detail, weights) for position, rollout in enumerate(rollouts)]


def _result(
    position: int, rollout: Mapping[str, Any], detail: str, weights: Mapping[str, float] | None
) -> Result:
    identity = rollout.get("id") or f"#{position}"
    return {
        "id": identity,
        "group": rollout.get("group") or identity,
        "reward": None,
        "status": "unscored",
        "cause": UNREACHABLE,
        "detail": detail,
        "advantage_weight": None,
        "components": None if weights is None else {name: _column(weights[name]) for name in weights},
        "verdicts": None,
    }


def _column(weight: float) -> dict[str, Any]:
    return {"value": None, "weight": weight, "weighted": None, "reason": None, "cause": UNREACHABLE}
