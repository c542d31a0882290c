"""Groups that come in several requests: compared once, when they are whole, whoever came first."""

import asyncio
import itertools

import pytest

from reward_server.wire.native import RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.cause import Cause
from tests.reward_server.making import PROBES
from tests.reward_server.probes import Compared, Later, Never
from tests.reward_server.serving import ask, asking, let_run, member, service_of, told

COMPARED = f"""
components:
  own: {{use: "{PROBES}:Later", key: a, weight: 0.5}}
  compared: {{use: "{PROBES}:Compared", key: a, weight: 0.5}}
"""
GATED = f"""
components:
  compared: {{use: "{PROBES}:Compared", key: a, weight: 0.5, gate: {{on: key, at_least: 1, else: -1}}}}
  key: {{use: "{PROBES}:Later", key: b, weight: 0.5}}
"""
SHORT = "groups: {wait_s: 0.02}\n"
SCORED = "groups: {wait_s: 0.02, partial: score}\n"
RENORMALISED = f"""
on_unscored: renormalise_group
components:
  a: {{use: "{PROBES}:Given", key: a, weight: 0.75}}
  b: {{use: "{PROBES}:Later", key: b, weight: 0.25}}
"""
STUCK = f'components: {{never: {{use: "{PROBES}:NeverCompared"}}}}'


@pytest.fixture(autouse=True)
def _forget() -> None:
    for seen in (Compared.seen, Later.seen, Never.cancelled):
        seen.clear()


async def in_parts(service_text: str, *parts: list[RolloutRequest]) -> dict[str, float | str | None]:
    service = service_of(service_text)
    asked = [asking(service, *part) for part in parts]
    return dict(told(*await asyncio.gather(*asked)))


FOUR = [member("w", a=1), member("x", a=2), member("y", a=4), member("z", a=8)]


async def test_one_request_for_each_rollout_is_compared_once_as_a_whole() -> None:
    # own a, compared a - 1, each weighing a half
    expected = {"w": 0.5, "x": 1.5, "y": 3.5, "z": 7.5}
    assert await in_parts(COMPARED, *([rollout] for rollout in FOUR)) == expected
    assert Compared.seen == [["w", "x", "y", "z"]]


async def test_p07_rewards_do_not_depend_on_who_came_first_or_together() -> None:
    whole = dict(told(await ask(service_of(COMPARED), *FOUR)))
    for order in itertools.permutations(FOUR):
        for cut in (1, 2, 3):
            assert await in_parts(COMPARED, list(order[:cut]), list(order[cut:])) == whole
    assert {tuple(seen) for seen in Compared.seen} == {("w", "x", "y", "z")}


async def test_the_other_columns_do_not_wait() -> None:
    service = service_of(COMPARED)
    waiting = asking(service, FOUR[0])
    await let_run()
    assert Later.seen == ["w"]
    assert not waiting.done()
    assert told(await ask(service, *FOUR[1:]), await waiting)["w"] == 0.5


async def test_groups_in_opposite_orders_do_not_wait_for_each_other() -> None:
    first = [member("a1", "a", 2, a=1), member("b1", "b", 2, a=1)]
    second = [member("b2", "b", 2, a=3), member("a2", "a", 2, a=2)]
    expected = {"a1": 0.5, "b1": 0.5, "b2": 2.5, "a2": 1.5}
    assert await in_parts(COMPARED, first, second) == expected


async def test_a_request_without_the_relative_function_waits_for_nobody() -> None:
    service = service_of(f'components: {{a: {{use: "{PROBES}:Given", key: a}}}}')
    assert told(await ask(service, member("x", a=2))) == {"x": 2.0}


async def test_gated_members_count_but_are_not_compared() -> None:
    parts = [
        [member("w", a=1, b=0)],
        [member("x", a=2, b=1)],
        [member("y", a=4, b=1), member("z", a=8, b=None)],
    ]
    rewards = await in_parts(GATED, *parts)
    assert rewards == {"w": -0.5, "x": 0.5, "y": 1.5, "z": "judge_timeout"}
    assert Compared.seen == [["x", "y"]]


async def test_a_refused_rollout_is_a_member() -> None:
    service = service_of(COMPARED)
    service.limits = service.limits.model_copy(update={"max_completion_chars": 1})
    long = member("x", size=2, a=2)
    long = type(long)(completion="too long", id="x", group="g", group_size=2, metadata={"a": 2})
    waiting = asking(service, member("w", size=2, a=1))
    assert told(await ask(service, long), await waiting) == {"x": "completion_too_long", "w": 0.5}


async def test_p01_a_group_that_is_not_whole_in_time_is_null_with_its_own_cause() -> None:
    service = service_of(SHORT + COMPARED)
    response = await ask(service, *FOUR[:3])
    assert set(told(response).values()) == {"group_incomplete"}
    assert response.results[0].detail == "compared: 3 of the 4 rollouts of its group arrived within 0.02 s"
    assert Compared.seen == []
    assert response.results[0].components is not None
    assert response.results[0].components["own"].value == 1.0


async def test_a_group_that_was_not_whole_may_be_sent_again() -> None:
    service = service_of(SHORT + COMPARED)
    await ask(service, FOUR[0])
    assert told(*await asyncio.gather(asking(service, FOUR[0]), asking(service, *FOUR[1:])))["z"] == 7.5


async def test_what_arrived_is_compared_where_the_author_says_so() -> None:
    service = service_of(SCORED + COMPARED)
    responses = await asyncio.gather(asking(service, FOUR[1]), asking(service, FOUR[3]))
    assert told(*responses) == {"x": 1.0, "z": 7.0}
    late = await ask(service, FOUR[0])
    assert told(late) == {"w": "group_incomplete"}
    assert told(await ask(service, FOUR[3])) == {"z": 7.0}
    assert Compared.seen == [["x", "z"]]


async def test_a_retry_joins_before_and_after() -> None:
    service = service_of(COMPARED)
    first, again = asking(service, FOUR[0]), asking(service, FOUR[0])
    await let_run()
    rest = await ask(service, *FOUR[1:])
    assert told(await first) == told(await again) == {"w": 0.5}
    assert told(await ask(service, FOUR[0])) == {"w": 0.5}
    assert told(await ask(service, *FOUR[1:])) == told(rest)
    assert Compared.seen == [["w", "x", "y", "z"]]


async def test_a_retry_of_a_client_that_left_counts_once() -> None:
    service = service_of(COMPARED)
    left = asking(service, FOUR[0])
    await let_run()
    left.cancel()
    await let_run()
    again = asking(service, FOUR[0])
    assert told(await ask(service, *FOUR[1:]), await again)["w"] == 0.5


async def test_a_member_whose_client_left_still_counts() -> None:
    service = service_of(COMPARED)
    left = asking(service, FOUR[0])
    await let_run()
    left.cancel()
    assert told(await ask(service, *FOUR[1:])) == {"x": 1.5, "y": 3.5, "z": 7.5}
    assert Compared.seen == [["w", "x", "y", "z"]]


async def test_a_member_that_left_before_its_gate_was_decided_has_to_come_again() -> None:
    text = GATED.replace("Later", "Never").replace(
        '"tests.reward_server.probes:Never", key: b', f'"{PROBES}:Never"'
    )
    service = service_of(text)
    left = asking(service, member("w", size=2, a=1))
    await let_run()
    assert service.waiting_groups == 1
    left.cancel()
    await let_run()
    assert service.waiting_groups == 0


async def test_a_member_stays_while_one_of_its_requests_does() -> None:
    service = service_of(GATED.replace('Later", key: b', 'Never"'))
    left = asking(service, member("w", size=2, a=1))
    again = asking(service, member("w", size=2, a=1), deadline_s=0.05)
    await let_run()
    left.cancel()
    [result] = (await again).results
    assert result.components is not None
    assert result.components["compared"].reason == "1 of the 2 rollouts of its group arrived"


async def test_p13_a_comparison_that_nobody_waits_for_is_cancelled() -> None:
    service = service_of(STUCK)
    first, second = asking(service, member("w", size=2)), asking(service, member("x", size=2))
    await let_run()
    first.cancel()
    await let_run()
    assert Never.cancelled == []
    second.cancel()
    await let_run()
    assert Never.cancelled == ["g"]


async def test_p12_the_deadline_of_a_request_wins() -> None:
    service = service_of(COMPARED)
    response = await ask(service, FOUR[0], deadline_s=0.01)
    assert told(response) == {"w": "deadline"}
    assert response.results[0].detail == "compared: 1 of the 4 rollouts of its group arrived"
    assert told(await ask(service, *FOUR[1:])) == {"x": 1.5, "y": 3.5, "z": 7.5}


async def test_p12_a_gate_that_is_late_does_not_hold_up_its_siblings() -> None:
    text = f"""
    components:
      compared: {{use: "{PROBES}:Compared", key: a, weight: 1, gate: {{on: key, at_least: 1}}}}
      key: {{use: "{PROBES}:Once", weight: 0}}
    """
    service = service_of(text)
    late = await ask(service, member("late", size=2, a=1), deadline_s=0.01)
    assert told(late) == {"late": "deadline"}
    assert told(await ask(service, member("prompt", size=2, a=3))) == {"prompt": 0.0}


async def test_p20_an_interrupted_server_answers_who_waits() -> None:
    service = service_of(COMPARED)
    waiting = asking(service, FOUR[0])
    await let_run()
    service.interrupt()
    assert told(await waiting) == {"w": "shutdown"}


@pytest.mark.parametrize(
    ("rollout", "message"),
    [
        (member("w", a=9), "a rollout with this id and other content is in the group"),
        (member("w", size=3, a=1), "its group has 3 rollouts here, and 4 in another request"),
    ],
)
async def test_what_cannot_belong_to_a_group_that_is_waited_for_is_refused(
    rollout: RolloutRequest, message: str
) -> None:
    service = service_of(COMPARED)
    waiting = asking(service, FOUR[0])
    await let_run()
    with pytest.raises(RequestError, match=message) as refused:
        await ask(service, member("other", "other", 2, a=1), rollout)
    assert (refused.value.code, refused.value.path) == ("invalid_field", "$.rollouts[1].id")
    assert service.waiting_groups == 1  # all or nothing: the other group was not opened
    waiting.cancel()


async def test_one_rollout_too_many_is_refused() -> None:
    service = service_of(STUCK)
    waiting = asyncio.gather(asking(service, member("w", size=2)), asking(service, member("x", size=2)))
    await let_run()
    with pytest.raises(RequestError, match="has its 2 rollouts already"):
        await ask(service, member("y", size=2))
    waiting.cancel()


async def test_a_group_of_the_same_name_is_a_new_one_when_the_old_one_is_done_or_left_alone() -> None:
    service = service_of(COMPARED)
    await asyncio.gather(asking(service, *FOUR[:2]), asking(service, *FOUR[2:]))
    left = asking(service, member("w", a=5))
    await let_run()
    left.cancel()
    await let_run()
    second = [member("w", a=6), member("x", a=6), member("y", a=7), member("z", a=8)]
    responses = await asyncio.gather(*(asking(service, rollout) for rollout in second))
    assert told(*responses) == {"w": 3.0, "x": 3.0, "y": 4.0, "z": 5.0}


async def test_p02_gaps_are_those_of_the_whole_group_however_it_comes() -> None:
    rollouts = [member("x", size=2, a=1, b=None), member("y", size=2, a=0.5, b=1)]
    expected = {"x": 1.0, "y": 0.5}
    assert await in_parts(RENORMALISED, rollouts) == expected
    assert await in_parts(RENORMALISED, rollouts[:1], rollouts[1:]) == expected
    assert await in_parts(RENORMALISED, rollouts[1:], rollouts[:1]) == expected


async def test_p02_nothing_is_renormalised_before_the_group_is_known() -> None:
    rewards = await in_parts(SHORT + RENORMALISED, [member("x", size=2, a=1, b=None)])
    assert rewards == {"x": "group_incomplete"}
    assert await in_parts(SCORED + RENORMALISED, [member("x", size=2, a=1, b=None)]) == {"x": 1.0}


async def test_p04_a_comparison_that_raises_is_a_component_error_for_its_group() -> None:
    rewards = await in_parts(COMPARED, [member("x", size=2, a=1)], [member("y", size=2, a=None)])
    assert rewards == {"x": str(Cause.COMPONENT_ERROR), "y": str(Cause.JUDGE_TIMEOUT)}
