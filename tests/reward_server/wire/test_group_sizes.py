"""How many rollouts a group has: said with them, or by the reward file, or refused where it matters."""

import pytest

from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.decoding import decode
from reward_server.wire.group_sizes import group_sizes
from reward_server.wire.ingress import assemble
from reward_server.wire.native import RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.layout import PLAIN
from tests.reward_server.making import PROBES, reward_of

SINGLE = f'components: {{a: {{use: "{PROBES}:Given", key: a}}}}'
RELATIVE = f'components: {{a: {{use: "{PROBES}:Compared", key: a}}}}'
RENORMALISING = "on_unscored: renormalise_group\n" + SINGLE
FOURS = "groups: {size: 4}\n"


def sizes(function: RewardFunction, *rollouts: dict[str, object]) -> list[int | None]:
    requests = [RolloutRequest(completion="x", **fields) for fields in rollouts]  # type: ignore[arg-type]
    return group_sizes(requests, assemble(requests, PLAIN, 100), function)


def refused(text: str, *rollouts: dict[str, object]) -> RequestError:
    with pytest.raises(RequestError) as error:
        sizes(reward_of(text), *rollouts)
    assert error.value.code == "invalid_field"
    return error.value


def named(name: str, group: str = "g", size: int | None = None) -> dict[str, object]:
    return {"id": name, "group": group, "group_size": size}


@pytest.mark.parametrize("text", [SINGLE, RELATIVE])
def test_a_size_is_said_with_the_rollouts(text: str) -> None:
    function = reward_of(text)
    assert sizes(function, named("x", size=8), named("y", "h", 2), named("z", "h")) == [8, 2]
    whole = {"prompt": "p", "group_size": 2}
    assert sizes(function, whole, whole) == [2]  # whole, so that it needs no names


def test_a_size_is_said_by_the_reward_file_where_the_request_does_not() -> None:
    assert sizes(reward_of(FOURS + RELATIVE), named("x"), named("y", "h", 2)) == [4, 2]
    assert sizes(reward_of(FOURS + SINGLE), named("x"), {"prompt": "p"}) == [4, None]


@pytest.mark.parametrize("text", [RELATIVE, RENORMALISING])
def test_a_relative_function_refuses_groups_that_nobody_knows_to_be_whole(text: str) -> None:
    error = refused(text, named("w", "known", 1), named("x"))
    assert error.path == "$.rollouts[1].group_size"
    assert error.hint is not None
    assert "groups: {size: 8}" in error.hint
    assert sizes(reward_of(SINGLE), named("x")) == [None]


def test_what_needs_whole_groups_is_named() -> None:
    assert refused(RELATIVE, named("x")).message.startswith("`a` needs whole groups")
    assert refused(RENORMALISING, named("x")).message.startswith("`on_unscored: renormalise_group` needs")


@pytest.mark.parametrize("text", [SINGLE, RELATIVE])
@pytest.mark.parametrize(
    ("rollouts", "path", "message"),
    [
        (
            [named("x", size=4), named("y", size=8)],
            "[1].group_size",
            "8 rollouts here, and 4 at",
        ),
        (
            [named("x", size=1), named("y")],
            "[0].group_size",
            "2 rollouts in this request",
        ),
        ([named("x", size=4), {"group": "g", "group_size": 4}], "[1].id", "2 of the 4 rollouts"),
        ([{"id": "x", "group_size": 4}], "[0].group", "has no `group`"),
    ],
)
def test_sizes_that_cannot_be_are_refused(
    text: str, rollouts: list[dict[str, object]], path: str, message: str
) -> None:
    error = refused(text, *rollouts)
    assert error.path == f"$.rollouts{path}"
    assert message in error.message


def test_a_size_of_the_reward_file_is_held_against_relative_functions_only() -> None:
    five = [named(str(number)) for number in range(5)]
    assert refused(FOURS + RELATIVE, *five).path == "$.rollouts[0].group_size"
    assert sizes(reward_of(FOURS + SINGLE), *five) == [None]


@pytest.mark.parametrize("size", ["0", "-1", "65537", '"8"', "1.5", "true"])
def test_a_size_is_a_whole_number(size: str) -> None:
    with pytest.raises(RequestError) as error:
        decode(f'{{"rollouts": [{{"completion": "x", "group_size": {size}}}]}}'.encode())
    assert error.value.path == "$.rollouts[0].group_size"
    assert error.value.hint == "a whole number of rollouts, 1 or more; or leave it out"
