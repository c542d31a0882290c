"""What an adapter gets back: scores, what a reward function computes, and the means of a group."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Result = dict[str, Any]
"""One rollout's result as the wire has it: `id`, `group`, `reward`, `status`, `cause`, `components` ..."""


def at_position(result: Result, position: int) -> Result:
    """Name the result of a rollout without an id by its place in the call, not in one of its requests."""
    name = f"#{position}"
    alone = result.get("group") == result["id"]
    return {**result, "id": name, **({"group": name} if alone else {})}


@dataclass(frozen=True)
class Scores:
    """One result for each rollout, in the order they were given."""

    results: list[Result]
    reward_name: str | None = None
    reward_version: str | None = None
    """Digest of what the rewards were computed by; of the last answer, where a call took several."""

    @property
    def rewards(self) -> list[float | None]:
        """None is a hole, never a zero: leave that sample out of its group's baseline."""
        return [result["reward"] for result in self.results]

    @property
    def causes(self) -> list[str | None]:
        """Why there is no reward; None where there is one."""
        return [result["cause"] for result in self.results]

    @property
    def advantage_weights(self) -> list[float | None]:
        """The factor for a rollout's advantage under inverse-frequency weighting; None without it."""
        return [result.get("advantage_weight") for result in self.results]

    @property
    def components(self) -> dict[str, list[float | None]]:
        """Raw values by component, in the reward's order; empty where the answers had none."""
        tables = [result["components"] or {} for result in self.results]
        names = dict.fromkeys(name for table in tables for name in table)
        return {name: [_value(table.get(name)) for table in tables] for name in names}

    @property
    def unscored_fraction(self) -> float:
        """The part of the rollouts that has no reward; 0 for no rollouts."""
        return sum(reward is None for reward in self.rewards) / max(len(self.results), 1)

    @property
    def cause_counts(self) -> dict[str, int]:
        """How many rollouts are unscored, by cause."""
        return dict(Counter(cause for cause in self.causes if cause is not None))

    def __len__(self) -> int:
        return len(self.results)


def _value(component: Mapping[str, Any] | None) -> float | None:
    return None if component is None else component["value"]


def _finite(value: object) -> float | None:
    if value is None or (type(value) in {int, float} and math.isfinite(value)):  # type: ignore[arg-type]
        return value  # type: ignore[return-value]
    raise ValueError("a mean is a finite number or null")


@dataclass(frozen=True)
class Description:
    """What a reward function computes."""

    name: str
    components: tuple[str, ...]
    """Names, in the order they are computed."""
    weights: dict[str, float]
    """By component."""
    relative: bool = False
    """Whether a component compares the rollouts of a group, so that a group has to be whole."""
    questions: int = 0
    """Most judge questions for one rollout."""
    version: str | None = None
    equation: str | None = None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Description:
        """Read an answer of `GET /v1/rewards/{name}`. Raises KeyError or TypeError where it is none."""
        columns: Sequence[Mapping[str, Any]] = body["components"]
        return cls(
            name=str(body["name"]),
            components=tuple(str(column["name"]) for column in columns),
            weights={str(column["name"]): float(column["weight"]) for column in columns},
            relative=bool(body.get("relative", False)),
            questions=int(body.get("questions", 0)),
            version=body.get("version"),
            equation=body.get("equation"),
        )


@dataclass(frozen=True)
class GroupMean:
    """Means over the scored rollouts of a group."""

    reward: float | None
    """None where none is scored."""
    components: dict[str, float | None] = field(default_factory=dict)
    complete: bool = False
    """Whether all rollouts of the group have arrived and been scored, or given up."""
    scored: int = 0
    arrived: int = 0
    size: int = 0

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> GroupMean:
        """Read an answer of `GET /v1/groups`. Raises an error where it is none."""
        mean: Mapping[str, Any] = body["mean"]
        return cls(
            reward=_finite(mean["reward"]),
            components={name: _finite(value) for name, value in mean["components"].items()},
            complete=bool(body["complete"]),
            scored=int(body["scored"]),
            arrived=int(body["arrived"]),
            size=int(body["size"]),
        )
