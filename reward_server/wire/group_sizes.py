"""How many rollouts each group of a request has over all requests, and whether that can be relied on."""

from collections.abc import Sequence
from typing import NamedTuple

from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.ingress import Batch
from reward_server.wire.native import RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.rollout import Group

_MAX_SHOWN = 80
_SPLIT = (
    "a group that comes in several requests needs both, the same each time it is sent: make `group` of the "
    "step and the prompt, `id` of these and the sample's number"
)


def group_sizes(
    requests: Sequence[RolloutRequest], batch: Batch, function: RewardFunction
) -> list[int | None]:
    """The size of each group of the batch; None where nobody said it, or nothing depends on it.

    Raises RequestError where the sizes contradict each other or what is here, where rollouts of a split
    group cannot be told apart, and where a relative function is not told a size.
    """
    default = function.source.groups.size
    return [
        _size(_Held(requests, group, positions), default, function)
        for group, positions in zip(batch.groups, batch.positions, strict=True)
    ]


class _Held(NamedTuple):
    """What a request holds of one group."""

    requests: Sequence[RolloutRequest]
    group: Group
    positions: Sequence[int]

    @property
    def name(self) -> str:
        return ascii(self.group.id[:_MAX_SHOWN])

    @property
    def unnamed(self) -> tuple[int, str] | None:
        """The first rollout that lacks an `id` or `group` of its own, and which of them."""
        for position in self.positions:
            for field in ("id", "group"):
                if getattr(self.requests[position], field) is None:
                    return position, field
        return None


def _size(held: _Held, default: int | None, function: RewardFunction) -> int | None:
    said = _said(held)
    size = said or default
    if size is None:
        if function.relative:
            raise _not_known_whole(held, function)
        return None
    binding = said is not None or function.relative
    problem = _problem(held, size)
    if problem is None:
        return size
    if binding:
        raise problem
    return None


def _said(held: _Held) -> int | None:
    first: tuple[int, int] | None = None
    for position in held.positions:
        size = held.requests[position].group_size
        if size is None:
            continue
        if first is not None and size != first[0]:
            found = (
                f"the group {held.name} has {size} rollouts here, and {first[0]} at $.rollouts[{first[1]}]"
            )
            raise _invalid(position, "group_size", found, "say the same number with each rollout of a group")
        first = first or (size, position)
    return first and first[0]


def _problem(held: _Held, size: int) -> RequestError | None:
    here = len(held.group)
    if here > size:
        found = f"the group {held.name} has {here} rollouts in this request, and group_size is {size}"
        return _invalid(
            held.positions[0], "group_size", found, "groups of one prompt need different `group` ids"
        )
    if here < size and (unnamed := held.unnamed) is not None:
        found = f"{here} of the {size} rollouts of a group are here, and this one has no `{unnamed[1]}`"
        return _invalid(*unnamed, found, _SPLIT)
    return None


def _not_known_whole(held: _Held, function: RewardFunction) -> RequestError:
    why = ", ".join(f"`{name}`" for name in function.compared) or "`on_unscored: renormalise_group`"
    found = f"{why} needs whole groups, and nothing says how many rollouts this group has"
    hint = (
        "send `group_size`, the number of samples for each prompt, with every rollout (and `id` and `group` "
        "where a group comes in several requests), or write it in the reward file: `groups: {size: 8}`"
    )
    return _invalid(held.positions[0], "group_size", found, hint)


def _invalid(position: int, field: str, found: str, hint: str) -> RequestError:
    return RequestError("invalid_field", found, path=f"$.rollouts[{position}].{field}", hint=hint)
