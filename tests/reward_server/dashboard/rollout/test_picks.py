"""Which rollouts a mailed report shows."""

from msgspec.structs import replace

from reward_server.dashboard.rollout.picks import MOST, Pick, picks
from tests.reward_server.alarms.making import step
from tests.reward_server.dashboard.filling import alarm


def test_those_of_alarms_that_go_on_come_first() -> None:
    over = alarm("over", until=9, rollouts=[5, 6, 7], level="critical")
    mild = alarm("mild", rollouts=[3, 4])
    bad = alarm("bad", subject="c", rollouts=[1, 3], level="critical")
    found = picks([], [over, mild, bad])
    assert found == [
        Pick(1, ["bad c"]),
        Pick(3, ["bad c", "mild"]),
        Pick(4, ["mild"]),
        Pick(5, ["over"]),
        Pick(6, ["over"]),
    ]


def test_then_those_of_the_newest_step_that_has_any() -> None:
    history = [
        replace(step(1), examples={"first": [1]}),
        replace(step(2), examples={"short": [8, 9, 10], "first": [8, 2]}),
        replace(step(3), examples={}),
    ]
    assert picks(history, [alarm("bad", rollouts=[2])]) == [
        Pick(2, ["bad", "first in step 2"]),
        Pick(8, ["short in step 2", "first in step 2"]),
        Pick(9, ["short in step 2"]),
    ]


def test_they_are_not_many() -> None:
    many = [alarm(f"a{number}", rollouts=[2 * number, 2 * number + 1]) for number in range(100)]
    assert len(picks([], many)) == MOST
