"""Names for groups and rollouts, for trainers that have none to give."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence

from trainer_adapters.json_form import Json


def group_id(told: Sequence[Json]) -> str:
    """A name that is the same wherever the same is told of a prompt, and no other prompt's."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def rollout_id(completion: str) -> str:
    """A name for one rollout of a group, whose order depends on what was written, not on when."""
    digest = hashlib.sha256(completion.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{digest}-{uuid.uuid4().hex[:12]}"
