"""Which rollouts are siblings, in one call of TRL's and over the ranks."""

import hashlib
import itertools
import json
import os
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trainer_adapters.client.settings import Settings
from trainer_adapters.trl.rollouts import Batch, Text

_CALLS: defaultdict[Settings, Iterator[int]] = defaultdict(itertools.count)
"""How often a function was called. Ranks call in step, so the number is the same on each of them."""
_PROCESS = uuid.uuid4().hex[:12]
"""With the process id, because a fork has the same."""
_RUN = (
    "GAVEL_RUN",
    "TORCHELASTIC_RUN_ID",
    "TORCHELASTIC_RESTART_COUNT",
    "MASTER_ADDR",
    "MASTER_PORT",
    "SLURM_JOB_ID",
)


def membership(batch: Batch, settings: Settings) -> list[dict[str, Any]]:
    """The fields `id`, `group` and `group_size` of each rollout.

    With a group size, groups are what TRL makes of them: consecutive rollouts of the batch of all ranks, one
    rank after the other. Without one, or where the prompts contradict it (an evaluation with other numbers),
    they are runs of equal prompts; only where all runs are of one length is that known to be the size.
    """
    call = f"{_run()}/{batch.step or 0}.{next(_CALLS[settings])}"
    size = settings.group_size
    if size and _agree(batch, size):
        first = _number("RANK", 0) * len(batch.prompts)
        names = [_name((first + place) // size, prompt, batch) for place, prompt in enumerate(batch.prompts)]
        return [_member(call, first + place, name, size) for place, name in enumerate(names)]
    lengths = [len(list(run)) for _, run in itertools.groupby(batch.prompts)]
    known = lengths[0] if size and len(set(lengths)) == 1 else None
    rank = f"{call}/{_number('RANK', 0)}"
    places = itertools.count()
    return [
        _member(rank, next(places), str(group), known)
        for group, length in enumerate(lengths)
        for _ in range(length)
    ]


def _name(number: int, prompt: Text, batch: Batch) -> str:
    """A group's name. Ranks that were given different prompts for it must not meet in one."""
    return f"{number}-{digest([prompt])[:12]}" if batch.alike else str(number)


def _member(call: str, place: int, group: str, size: int | None) -> dict[str, Any]:
    known = {} if size is None else {"group_size": size}
    # Ids sort as the places do: the server orders a group by them.
    return {"id": f"{call}#{place:08d}", "group": f"{call}/{group}", **known}


def _agree(batch: Batch, size: int) -> bool:
    """Whether the rollouts that a group size puts together have equal prompts."""
    if not batch.alike:
        return True
    first = _number("RANK", 0) * len(batch.prompts)
    seen: dict[int, object] = {}
    return all(
        seen.setdefault((first + place) // size, prompt) == prompt
        for place, prompt in enumerate(batch.prompts)
    )


def _run(environment: Mapping[str, str] = os.environ) -> str:
    """A name that the ranks of a run share and other runs do not have."""
    if _number("WORLD_SIZE", 1) == 1:
        return f"{_PROCESS}-{os.getpid()}"
    known = "\n".join(f"{name}={environment.get(name)}" for name in _RUN)
    return hashlib.sha256(known.encode()).hexdigest()[:12]


def _number(variable: str, otherwise: int) -> int:
    return int(os.environ.get(variable) or otherwise)


def digest(told: Sequence[Text | Mapping[str, Any]]) -> str:
    """What tells one batch, or one prompt, from another, whoever asks."""
    return hashlib.sha256(json.dumps(told, default=_kind).encode()).hexdigest()


def _kind(value: object) -> str:
    """An image in a prompt: each rank has an object of its own."""
    return type(value).__name__
