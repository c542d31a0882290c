"""Rollouts as request bodies: each encoded once, divided by count and bytes, never inside a group."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainer_adapters.client.errors import Refused
from trainer_adapters.client.origin import UNKNOWN, Origin
from trainer_adapters.client.settings import Settings

Rollout = Mapping[str, Any]
"""As in the API: `completion`, and perhaps `id`, `group`, `group_size`, `prompt`, `ground_truth` ..."""


@dataclass
class Batch:
    """The rollouts of one request."""

    positions: list[int] = field(default_factory=list)
    """Where they stand in the call."""
    encoded: list[bytes] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    size: int = 0
    """Bytes of all that is encoded."""

    def body(self, reward: str | None, detail: str, deadline_s: float, origin: Origin = UNKNOWN) -> bytes:
        """Return the request as JSON."""
        head = {
            "deadline_s": deadline_s,
            "detail": detail,
            **({"reward": reward} if reward is not None else {}),
            **origin.fields(),
        }
        return b'%s, "rollouts": [%s]}' % (json.dumps(head)[:-1].encode(), b",".join(self.encoded))

    def add(self, cluster: _Cluster) -> None:
        """Take on a cluster's rollouts."""
        self.positions += cluster.positions
        self.encoded += cluster.encoded
        self.size += cluster.size


@dataclass
class _Cluster:
    """Rollouts that have to be sent together."""

    positions: list[int] = field(default_factory=list)
    encoded: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, position: int, content: bytes) -> None:
        self.positions.append(position)
        self.encoded.append(content)
        self.size += len(content) + 1


def batches(rollouts: Sequence[Rollout], settings: Settings) -> list[Batch]:
    """Divide rollouts into requests. Raises Refused for one that is not JSON."""
    clusters: dict[object, _Cluster] = {}
    for position, rollout in enumerate(rollouts):
        check_names(position, rollout)
        content = encode(position, rollout)
        clusters.setdefault(_group(position, rollout), _Cluster()).add(position, content)
    found = _filled(clusters.values(), settings)
    for batch in found:
        _in_order(batch)
        batch.ids = [rollouts[position].get("id") for position in batch.positions]
    return found


def check_names(position: int, rollout: Rollout) -> None:
    """Raise Refused for a rollout that is no object, or whose id or group is no text."""
    place = f"$.rollouts[{position}]"
    if not isinstance(rollout, Mapping):
        raise Refused(f"a rollout is an object, not {type(rollout).__name__}", path=place)
    for name in ("id", "group"):
        value = rollout.get(name)
        if not isinstance(value, (str, type(None))):
            raise Refused(f"{name} is text, not {type(value).__name__}", path=f"{place}.{name}")


def encode(position: int, rollout: Rollout) -> bytes:
    """Return a rollout as JSON; lone surrogates stay escaped. Raises Refused, without quoting it."""
    try:
        try:
            return json.dumps(rollout, allow_nan=False, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return json.dumps(rollout, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        problem = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]
        raise Refused(
            f"a rollout cannot be sent as JSON: {problem}",
            path=f"$.rollouts[{position}]",
            hint="leave out what is neither text, number, list nor object; there is no NaN in JSON",
        ) from None


def _group(position: int, rollout: Rollout) -> object:
    """What the server groups by: the group, or else an equal prompt."""
    if rollout.get("group") is not None:
        return ("group", rollout["group"])
    prompt = rollout.get("prompt")
    if prompt is None:
        return ("alone", position)
    return ("prompt", prompt if isinstance(prompt, str) else json.dumps(prompt, default=repr))


def _filled(clusters: Iterable[_Cluster], settings: Settings) -> list[Batch]:
    found: list[Batch] = []
    for cluster in clusters:
        if not found or _too_much(found[-1], cluster, settings):
            found.append(Batch())
        found[-1].add(cluster)
    return found


def _too_much(batch: Batch, cluster: _Cluster, settings: Settings) -> bool:
    return (
        len(batch.positions) + len(cluster.positions) > settings.batch_rollouts
        or batch.size + cluster.size > settings.batch_bytes
    )


def _in_order(batch: Batch) -> None:
    """In the order of the call, so that equal calls have equal bodies."""
    order = sorted(range(len(batch.positions)), key=batch.positions.__getitem__)
    batch.positions, batch.encoded = [batch.positions[i] for i in order], [batch.encoded[i] for i in order]
