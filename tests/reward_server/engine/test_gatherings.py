"""The bounds of what is kept for groups that come in several requests."""

from reward_server.engine.attendance import Attendance
from reward_server.engine.gatherings import Gatherings
from reward_server.engine.share import Share
from reward_server.reward.reward_function import RewardFunction
from rubrics.outcome import Outcome, Score
from rubrics.rollout import Group
from tests.reward_server.making import PROBES, given, reward_of, rollout_of

TEXT = f'components: {{compared: {{use: "{PROBES}:Compared", key: a}}}}'


def attend(gatherings: Gatherings, function: RewardFunction, group: Group, size: int = 2) -> Attendance:
    [attendance] = gatherings.attend(function, [Share.of(group, size)], 30.0)
    assert attendance is not None
    return attendance


async def outcome(attendance: Attendance, group: Group) -> Outcome:
    parts = {rollout.id: rollout for rollout in group}
    return (await attendance.compare("compared", parts))[group.rollouts[0].id]


async def test_one_group_too_many_cuts_the_oldest_short() -> None:
    told: list[str] = []
    gatherings, function = Gatherings(max_groups=2), reward_of(TEXT)
    gatherings.told_incomplete = told.append
    groups = [Group(str(number), [given("x", a=1)]) for number in range(3)]
    first, *_ = [attend(gatherings, function, group) for group in groups]
    assert gatherings.waiting == 2
    assert str(await outcome(first, groups[0])).startswith("Unscored(cause=<Cause.GROUP_INCOMPLETE")
    assert told == ["test"]


async def test_the_texts_that_are_held_are_bounded() -> None:
    gatherings, function = Gatherings(max_chars=2500), reward_of(TEXT)
    for number in range(3):
        attend(gatherings, function, Group(str(number), [rollout_of("x", "10 letters" * 100)]))
    assert gatherings.waiting == 2
    attend(gatherings, function, Group("2", [rollout_of("x", "10 letters" * 100)]))  # a retry holds no more
    assert gatherings.waiting == 2


async def test_results_are_kept_for_a_while() -> None:
    now = [0.0]
    gatherings, function = Gatherings(kept_s=10, clock=lambda: now[0]), reward_of(TEXT)
    x, y = (Group("g", [given(name, a=value)]) for name, value in (("x", 1), ("y", 3)))
    first, second = attend(gatherings, function, x), attend(gatherings, function, y)
    for attendance, group in ((second, y), (first, x)):
        parts = {rollout.id: rollout for rollout in group}
        for rollout in group:
            attendance._put(attendance._gathering.columns["compared"], {rollout.id: parts[rollout.id]})
    assert await outcome(second, y) == Score(2.0)
    now[0] = 9
    assert await outcome(attend(gatherings, function, y), y) == Score(2.0)
    now[0] = 11
    attend(gatherings, function, y)
    assert gatherings.waiting == 1


async def test_a_whole_group_is_nobody_elses_business() -> None:
    gatherings, function = Gatherings(), reward_of(TEXT)
    whole = Group("g", [given("x", a=1), given("y", a=1)])
    assert gatherings.attend(function, [Share.of(whole, 2)], 30.0) == [None]
    attend(gatherings, function, Group("g", [given("x", a=1)]))
    attend(gatherings, function, whole)  # but for those who wait for it
    assert gatherings.waiting == 0


async def test_what_else_a_rollout_brings_counts_as_its_text_does() -> None:
    gatherings, function = Gatherings(max_chars=2500), reward_of(TEXT)
    heavy = [
        rollout_of("x", prompt="p" * 1000),
        rollout_of("x", ground_truth="t" * 1000),
        rollout_of("x", metadata={"m" * 1000: 1}),
    ]
    for number, rollout in enumerate(heavy):
        attend(gatherings, function, Group(str(number), [rollout]))
    assert gatherings.waiting == 2
