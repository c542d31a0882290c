"""The engine: concurrency, gates, isolation, deadlines, and results that depend on nothing else."""

import asyncio
import itertools

import pytest

from judges.deadline import remaining
from reward_server.engine.scoring import Scoring
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.rollout import Group, Rollout
from tests.reward_server.making import (
    PROBES,
    component,
    given,
    reward_of,
    rewards,
    rollout_of,
    score_group,
    score_groups,
)
from tests.reward_server.probes import ODD, Later, Never

SLOW_GROUPS = [Group(str(index), [given("x")]) for index in range(60)]
TWO = f"""
components:
  a: {{use: "{PROBES}:Given", key: a, weight: 0.75}}
  b: {{use: "{PROBES}:Later", key: b, weight: 0.25}}
"""
GATED = f"""
components:
  gated: {{use: "{PROBES}:Later", key: b, weight: 0.5, gate: {{on: key, at_least: 1, else: -2}}}}
  key: {{use: "{PROBES}:Given", key: a, weight: 0.5}}
"""


async def test_rewards_are_the_weighted_sum_in_the_order_of_the_rollouts() -> None:
    rows = await score_group(reward_of(TWO), given("x", a=1, b=0), given("y", a=0, b=1), given("z", a=1, b=1))
    assert [row.rollout.id for row in rows] == ["x", "y", "z"]
    assert rewards(rows) == [0.75, 0.25, 1.0]


async def test_p01_an_unscored_component_makes_the_reward_null_and_keeps_the_others() -> None:
    rows = await score_group(reward_of(TWO), given("x", a=1, b=None), given("y", a=1, b=1))
    assert rewards(rows) == ["judge_timeout", 1.0]
    assert component(rows[0], "a") == 1.0


async def test_a_component_of_weight_0_is_only_watched() -> None:
    function = reward_of(TWO.replace("0.25", "0").replace("0.75", "1"))
    rows = await score_group(function, given("x", a=1, b=None))
    assert rewards(rows) == [1.0]
    assert component(rows[0], "b") == "judge_timeout"


async def test_a_closed_gate_gives_its_else_and_costs_nothing() -> None:
    Later.seen.clear()
    rows = await score_group(reward_of(GATED), given("shut", a=0.5, b=1), given("open", a=1, b=1))
    assert [component(row, "gated") for row in rows] == [-2.0, 1.0]
    assert Later.seen == ["open"]


async def test_a_group_whose_gates_are_all_closed_is_never_shown() -> None:
    Later.seen.clear()
    await score_group(reward_of(GATED), given("shut", a=0, b=1))
    assert Later.seen == []


async def test_a_gate_on_an_unscored_component_is_unscored() -> None:
    Later.seen.clear()
    rows = await score_group(reward_of(GATED), given("x", a=None, b=1))
    assert component(rows[0], "gated") == "judge_timeout"
    assert Later.seen == []


async def test_gates_may_follow_each_other_across_components_that_wait() -> None:
    function = reward_of(f"""
    components:
      third: {{use: "{PROBES}:Given", key: c, gate: {{on: second, at_least: 1}}}}
      second: {{use: "{PROBES}:Later", key: b, gate: {{on: first, at_least: 1}}}}
      first: {{use: "{PROBES}:Later", key: a}}
    """)
    rows = await score_group(
        function, given("x", a=1, b=1, c=1), given("y", a=1, b=0, c=1), given("z", a=0, b=1, c=1)
    )
    assert [component(row, "third") for row in rows] == [1.0, 0.0, 0.0]


async def test_p04_a_rollout_that_breaks_a_component_is_alone_with_it() -> None:
    rows = await score_group(reward_of(TWO), rollout_of("bad"), given("good", a=1, b=1))
    assert rewards(rows) == ["component_error", 1.0]
    assert rows[0].components["a"] == Unscored(Cause.COMPONENT_ERROR, "KeyError was raised")


async def test_p04_a_component_that_raises_leaves_the_others_and_tells_nothing_of_the_text() -> None:
    function = reward_of(f"""
    components:
      a: {{use: "{PROBES}:Given", key: a}}
      broken: {{use: "{PROBES}:Broken"}}
    """)
    rows = await score_group(function, rollout_of("x", "secret text", metadata={"a": 1}))
    assert component(rows[0], "a") == 1.0
    assert rows[0].components["broken"] == Unscored(Cause.COMPONENT_ERROR, "RuntimeError was raised")


@pytest.mark.parametrize("what", ["nothing", "too few", "numbers", "out of range"])
async def test_what_is_not_an_outcome_in_range_is_a_component_error(what: str) -> None:
    function = reward_of(f'components: {{a: {{use: "{PROBES}:Returns", what: {what}}}}}')
    rows = await score_group(function, given("x"), given("y"))
    assert rewards(rows) == ["component_error"] * 2


async def test_p12_the_deadline_nulls_what_is_late_and_keeps_what_is_done() -> None:
    Never.cancelled.clear()
    function = reward_of(f"""
    components:
      a: {{use: "{PROBES}:Given", key: a}}
      never: {{use: "{PROBES}:Never"}}
      after: {{use: "{PROBES}:Later", key: a, gate: {{on: never, at_least: 0}}}}
    """)
    rows = await score_group(function, given("x", a=1), deadline_s=0.01)
    assert rewards(rows) == ["deadline"]
    assert [component(rows[0], name) for name in ("a", "never", "after")] == [1.0, "deadline", "deadline"]
    await asyncio.sleep(0)
    assert Never.cancelled == ["g"]


async def test_p12_a_component_that_ignores_cancellation_cannot_hold_the_answer() -> None:
    function = reward_of(f'components: {{a: {{use: "{PROBES}:Stubborn"}}}}')
    rows = await score_group(function, given("x"), deadline_s=0.01)
    assert rewards(rows) == ["deadline"]
    while stubborn := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in stubborn:
            task.cancel()
        await asyncio.sleep(0)


async def test_a_deadline_that_has_passed_before_the_first_wait_is_kept() -> None:
    function = reward_of(f'components: {{a: {{use: "{PROBES}:Never"}}}}')
    groups = [Group(str(index), [given("x")]) for index in range(100)]
    scoring = Scoring(function, groups)
    scoring.interrupt(Cause.SHUTDOWN)
    rows = await scoring.run(30.0)
    assert {reward for group in rows for reward in rewards(group)} == {"shutdown"}


async def test_p13_cancelling_a_request_cancels_its_components() -> None:
    Never.cancelled.clear()
    function = reward_of(f'components: {{a: {{use: "{PROBES}:Never"}}}}')
    task = asyncio.create_task(score_group(function, given("x")))
    while not Never.cancelled:
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert Never.cancelled == ["g"]


async def test_p04_a_cancellation_that_a_component_made_itself_is_its_own_error() -> None:
    function = reward_of(f"""
    components:
      a: {{use: "{PROBES}:Given", key: a}}
      gone: {{use: "{PROBES}:CancelsItself"}}
    """)
    rows = await score_group(function, given("x", a=1))
    assert component(rows[0], "a") == 1.0
    assert component(rows[0], "gone") == "component_error"


async def test_no_deadline_outside_of_a_request() -> None:
    await score_group(reward_of(TWO), given("x", a=1, b=1))
    assert remaining() == float("inf")


async def test_p07_rows_do_not_depend_on_order_or_company() -> None:
    rollouts = [given(str(index), a=index / 7, b=None if index == 3 else index / 3) for index in range(5)]
    alone = {r.id: rewards(await score_group(reward_of(TWO), r))[0] for r in rollouts}
    for order in itertools.permutations(rollouts):
        rows = await score_group(reward_of(TWO), *order)
        assert dict(zip([r.id for r in order], rewards(rows), strict=True)) == alone


async def test_groups_are_scored_at_the_same_time() -> None:
    function = reward_of(f'components: {{a: {{use: "{PROBES}:Later", key: a}}}}')
    Later.seen.clear()
    groups = [Group(str(index), [given(f"r{index}", a=1)]) for index in range(3)]
    await score_groups(function, groups)
    assert Later.seen == ["r0", "r1", "r2"]


async def test_a_refused_rollout_is_null_in_its_place_and_shown_to_no_component() -> None:
    Later.seen.clear()
    refused = Rollout(
        id="long", completion=given("x").completion, refused=Unscored(Cause.COMPLETION_TOO_LONG, "too long")
    )
    rows = await score_group(reward_of(TWO), given("x", a=1, b=1), refused, given("z", a=0, b=0))
    assert rewards(rows) == [1.0, "completion_too_long", 0.0]
    assert [component(rows[1], name) for name in ("a", "b")] == ["completion_too_long"] * 2
    assert Later.seen == ["x", "z"]


async def test_p02_renormalise_group_drops_a_component_for_the_whole_group() -> None:
    function = reward_of("on_unscored: renormalise_group\n" + TWO)
    hole = [given("x", a=1, b=None), given("y", a=0.5, b=1)]
    whole = [given("z", a=1, b=0)]
    rows = await score_groups(function, [Group("hole", hole), Group("whole", whole)])
    assert rewards(rows[0]) == [1.0, 0.5]
    assert rewards(rows[1]) == [0.75]


async def test_p02_renormalise_group_with_nothing_left_is_null() -> None:
    function = reward_of("on_unscored: renormalise_group\n" + TWO)
    rows = await score_group(function, given("x", a=None, b=1), given("y", a=1, b=None))
    assert rewards(rows) == ["judge_timeout"] * 2


async def test_p12_columns_that_never_wait_keep_the_deadline_too() -> None:
    scoring = Scoring(reward_of(f'components: {{a: {{use: "{PROBES}:Slow"}}}}'), SLOW_GROUPS)
    rows = await scoring.run(0.05)
    found = [rewards(group)[0] for group in rows]
    assert found[0] == 1.0
    assert found[-1] == "deadline"
    assert found == [1.0] * found.count(1.0) + ["deadline"] * found.count("deadline")


async def test_p04_a_value_that_no_sum_could_hold_is_a_component_error() -> None:
    function = reward_of(f"""
    components:
      a: {{use: "{PROBES}:Given", key: a}}
      odd: {{use: "{PROBES}:Odd"}}
    """)
    rows = await score_group(function, *(rollout_of(kind, metadata={"a": 1}) for kind in ODD))
    assert {component(row, "odd") for row in rows} == {"component_error"}
    assert {component(row, "a") for row in rows} == {1.0}


async def test_p02_the_weights_told_are_those_that_counted() -> None:
    function = reward_of("on_unscored: renormalise_group\n" + TWO)
    rows = await score_group(function, given("x", a=1, b=None), given("y", a=0.5, b=1))
    assert [dict(row.weights) for row in rows] == [{"a": 1.0, "b": 0.0}] * 2
