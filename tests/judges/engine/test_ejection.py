"""Which replicas are taken out, and that never more than half are."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.engine.ejection import SLOW, Ejection, Sign, ejections, pardons
from judges.engine.health import Health
from rubrics.cause import Cause


def replica(seconds: float = 0.05, in_flight: int = 8, replies: int = 20) -> Health:
    health = Health(lambda: 0.0)
    for _ in range(replies):
        health.succeeded(seconds, in_flight)
    return health


def broken() -> Health:
    health = replica(replies=0)
    for _ in range(5):
        health.failed(Cause.JUDGE_UNREACHABLE)
    return health


def signs(*healths: Health) -> list[Sign]:
    return [Sign(health) for health in healths]


def out(decided: Sequence[Ejection]) -> list[tuple[int, str]]:
    return [(ejection.index, ejection.reason) for ejection in decided]


def test_healthy_replicas_stay() -> None:
    assert ejections(signs(replica(0.05), replica(0.07), replica(0.12))) == []


def test_p17_a_failing_replica_goes() -> None:
    assert out(ejections(signs(replica(), broken(), replica()))) == [(1, "failing")]


@pytest.mark.parametrize(("seconds", "decided"), [(0.14, []), (0.5, [(2, "slow")])])
def test_p17_one_three_times_slower_than_the_others_goes(
    seconds: float, decided: list[tuple[int, str]]
) -> None:
    assert out(ejections(signs(replica(), replica(), replica(seconds)))) == decided


def test_a_slow_one_must_answer_its_canaries_as_fast_as_the_others() -> None:
    (ejection,) = ejections(signs(replica(0.1), replica(1.0)))
    assert ejection.answer_within_s == pytest.approx(0.3)
    (ejection,) = ejections(signs(broken(), replica()))
    assert ejection.answer_within_s == float("inf")


def test_one_that_is_only_busier_stays() -> None:
    assert ejections(signs(replica(0.05, 4), replica(0.05, 4), replica(0.4, 64))) == []
    assert out(ejections(signs(replica(0.05, 4), replica(0.05, 4), replica(0.4, 8)))) == [(2, "slow")]


def test_ten_replies_are_needed_to_call_it_slow() -> None:
    assert ejections(signs(replica(), replica(5.0, replies=9))) == []
    assert out(ejections(signs(replica(), replica(5.0, replies=10)))) == [(1, "slow")]


@pytest.mark.parametrize(
    ("usual_s", "silent_s", "decided"),
    [(0.05, 4.9, []), (0.05, 5.1, [(1, "silent")]), (2.0, 19.0, []), (2.0, 21.0, [(1, "silent")])],
)
def test_p17_one_that_falls_silent_goes_long_before_its_calls_time_out(
    usual_s: float, silent_s: float, decided: list[tuple[int, str]]
) -> None:
    assert out(ejections([Sign(replica(usual_s)), Sign(replica(usual_s), silent_s)])) == decided


def test_while_nobody_has_answered_yet_silence_means_nothing() -> None:
    assert ejections([Sign(replica(replies=0), 50.0), Sign(replica(replies=0), 50.0)]) == []


@pytest.mark.parametrize(("replicas", "most"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (8, 4)])
def test_p17_at_most_half_are_out(replicas: int, most: int) -> None:
    healths = [broken() for _ in range(replicas)]
    for _ in range(3):
        for ejection in ejections(signs(*healths)):
            healths[ejection.index].eject(ejection.reason, ejection.answer_within_s)
    assert sum(health.state == "ejected" for health in healths) == most


def test_broken_ones_go_before_slow_ones() -> None:
    fleet = signs(replica(), replica(1.0), replica(), broken(), broken())
    assert out(ejections(fleet)) == [(3, "failing"), (4, "failing")]


@given(st.lists(st.sampled_from(["good", "slow", "broken", "silent", "out"]), max_size=12))
def test_p17_at_most_half_are_out_whatever_the_signs(kinds: list[str]) -> None:
    fleet: list[Sign] = []
    for kind in kinds:
        health = broken() if kind == "broken" else replica(5.0 if kind == "slow" else 0.05)
        if kind == "out" and len([sign for sign in fleet if sign.health.reason]) < len(kinds) // 2:
            health.eject("failing")
        fleet.append(Sign(health, 9.0 if kind == "silent" else 0.0))
    decided = ejections(fleet)
    already = sum(sign.health.state == "ejected" for sign in fleet)
    assert already + len(decided) <= len(fleet) // 2
    assert all(fleet[ejection.index].health.state == "healthy" for ejection in decided)
    assert len({ejection.index for ejection in decided}) == len(decided)


def test_p17_a_broken_replica_takes_the_place_of_a_slow_one_among_those_that_are_out() -> None:
    slow = replica()
    slow.eject(SLOW, 0.1)
    both = signs(slow, broken())
    assert ejections(both) == []  # half are out
    assert pardons(both) == [0]
    slow.pardon()
    assert out(ejections(both)) == [(1, "failing")]
    assert pardons(both) == []
