"""A component as a reward of its own: holes, what a group does without, and what is only watched."""

from typing import cast

import pytest

from trainer_adapters.client import Gavel
from trainer_adapters.client.column import column
from trainer_adapters.client.errors import GavelError, Unreachable
from trainer_adapters.client.scores import Description, Result, Scores


class Server:
    """Describes a reward function in which `watched` has no weight."""

    def __init__(self, *, reachable: bool = True) -> None:
        self.reachable = reachable

    async def adescribe(self) -> Description:
        if not self.reachable:
            raise Unreachable("gone")
        return Description("r", ("a", "watched"), {"a": 1.0, "watched": 0.0})


def result(reward: float | None, **components: tuple[float | None, float]) -> Result:
    columns = {name: {"value": value, "weight": weight} for name, (value, weight) in components.items()}
    return {"reward": reward, "cause": None if reward is not None else "deadline", "components": columns}


async def values(name: str, *results: Result, reachable: bool = True) -> list[float | None]:
    return await column(Scores(list(results)), name, cast("Gavel", Server(reachable=reachable)))


async def test_a_rollout_without_a_reward_has_no_part_of_one() -> None:
    assert await values("a", result(0.5, a=(0.5, 1)), result(None, a=(0.7, 1))) == [0.5, None]


async def test_what_a_group_does_without_is_none_for_all_of_it() -> None:
    without = [result(0.5, a=(0.9, 0)), result(0.5, a=(None, 0))]
    assert await values("a", *without, result(0.5, a=(0.3, 1))) == [None, None, 0.3]
    assert await values("a", *without) == [None, None]
    assert await values("a", *without, reachable=False) == [None, None]


async def test_what_is_only_watched_keeps_its_value() -> None:
    assert await values("watched", result(0.5, watched=(0.9, 0))) == [0.9]


async def test_a_server_that_was_never_reached_has_no_wrong_names() -> None:
    unreached: Result = {"reward": None, "cause": "unreachable", "components": None}
    assert await values("a", unreached, reachable=False) == [None]
    assert await values("a", unreached, result(0.5, a=(0.5, 1))) == [None, 0.5]
    with pytest.raises(GavelError, match=r"no component 'b'\. Its components: a"):
        await values("b", result(0.5, a=(0.5, 1)))
