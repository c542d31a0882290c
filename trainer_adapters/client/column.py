"""One component's values, as a reward of its own."""

from trainer_adapters.client.errors import GavelError, Unreachable
from trainer_adapters.client.gavel import Gavel
from trainer_adapters.client.scores import Result, Scores


async def column(scores: Scores, name: str, gavel: Gavel) -> list[float | None]:
    """The raw values of a component; None for every rollout that has no reward: a partial sum is none.

    A component that its group had to do without (`on_unscored: renormalise_group`) is None for all of the
    group, which adds nothing to any of its advantages. None for the one rollout that lacks it would be that
    rollout's gain. Raises GavelError for a name that no component has.
    """
    there = list(scores.components)
    if there and name not in there:
        raise GavelError(
            f"The reward function has no component {name!r}. Its components: {', '.join(there)}."
        )
    if not there:  # the server was never reached, so nobody knows of any
        return [None] * len(scores)
    counts = await _counts(scores, name, gavel)
    return [_value(result, name, monitored=not counts) for result in scores.results]


def _value(result: Result, name: str, *, monitored: bool) -> float | None:
    if result["reward"] is None:
        return None
    found = result["components"][name]
    value: float | None = found["value"] if found["weight"] or monitored else None
    return value


async def _counts(scores: Scores, name: str, gavel: Gavel) -> bool:
    """Whether the component has a weight of its own: one that has none is never left out, only watched."""
    answered = [result["components"] for result in scores.results if result["components"]]
    if any(components[name]["weight"] for components in answered):
        return True
    try:
        return (await gavel.adescribe()).weights.get(name, 0) != 0
    except Unreachable:
        return True
