"""What makes a replica suspect, what makes it unfit, and how it comes back."""

import pytest

from judges.engine.health import Health
from judges.engine.recovery import Canaries
from rubrics.cause import Cause

ANSWERS = 16


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock)


def text(number: int) -> bytes:
    return number.to_bytes(16, "big")


def opinion(health: Health) -> tuple[str | None, bool]:
    return health.complaint, health.suspect


def fail(health: Health, cause: Cause, times: int) -> None:
    for number in range(times):
        health.failed(cause, text(number))


# -- the network's failures ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cause", [Cause.JUDGE_UNREACHABLE, Cause.JUDGE_TIMEOUT, Cause.JUDGE_ERROR, Cause.JUDGE_MISMATCHED]
)
def test_p17_five_failures_in_a_row_are_a_complaint(health: Health, cause: Cause) -> None:
    fail(health, cause, 4)
    assert opinion(health) == (None, False)
    fail(health, cause, 1)
    assert opinion(health) == ("failing", False)


def test_p17_so_are_more_than_half_of_the_last_twenty(health: Health) -> None:
    for _ in range(10):
        health.failed(Cause.JUDGE_TIMEOUT)
        health.succeeded(0.1)
    assert opinion(health) == (None, False)
    health.failed(Cause.JUDGE_TIMEOUT)  # of the last 20: still 10, as the first has dropped out
    assert opinion(health) == (None, False)
    health.failed(Cause.JUDGE_TIMEOUT)  # 11
    assert opinion(health) == ("failing", False)


def test_a_success_ends_a_row(health: Health) -> None:
    for _ in range(5):
        fail(health, Cause.JUDGE_TIMEOUT, 4)
        for _ in range(6):
            health.succeeded(0.1)
    assert opinion(health) == (None, False)


@pytest.mark.parametrize(
    "cause",
    [
        Cause.JUDGE_ABSTAINED,
        Cause.JUDGE_RATE_LIMITED,
        Cause.JUDGE_OVERLOADED,
        Cause.DEADLINE,
        Cause.SHUTDOWN,
    ],
)
def test_what_is_not_its_fault_does_not_count(health: Health, cause: Cause) -> None:
    fail(health, cause, 100)
    assert opinion(health) == (None, False)


# -- what a text may have brought about ------------------------------------------------------------------


@pytest.mark.parametrize("cause", [Cause.JUDGE_GARBLED, Cause.JUDGE_REFUSED, Cause.JUDGE_REJECTED])
def test_p17_replies_without_use_make_it_suspect_and_a_canary_tells(health: Health, cause: Cause) -> None:
    fail(health, cause, 5)
    assert opinion(health) == (None, True)
    assert health.canary_due
    health.canary(False)
    assert opinion(health) == ("wrong answers to canaries", True)


def test_one_text_that_breaks_the_judge_is_no_reason(health: Health) -> None:
    for _ in range(100):
        health.failed(Cause.JUDGE_GARBLED, text(1))
    assert opinion(health) == (None, False)


def test_a_policy_that_breaks_judges_does_not_empty_the_fleet(health: Health) -> None:
    asked = 0
    for number in range(1000):
        health.failed(Cause.JUDGE_GARBLED, text(number))
        if health.canary_due:
            asked += 1
            health.canary(True, 0.1)
        assert health.complaint is None
    assert asked == 8  # after 5, 10, 20, 40, 80, 160, 320 and 320 texts: 955 of them


def test_p17_a_constant_verdict_makes_it_suspect(health: Health) -> None:
    for number in range(ANSWERS - 1):
        health.said(0.25, text(number))
    assert opinion(health) == (None, False)
    health.said(0.2500004, text(99))  # the same to 6 digits
    assert opinion(health) == (None, True)
    health.canary(False)
    assert opinion(health) == ("wrong answers to canaries", True)


def test_the_same_verdict_on_one_text_is_no_reason(health: Health) -> None:
    for _ in range(100):
        health.said(1.0, text(1))
    assert opinion(health) == (None, False)


def test_neither_are_verdicts_that_differ_now_and_then(health: Health) -> None:
    for number in range(100):
        health.said(1.0 if number % 10 else 0.999, text(number))
    assert opinion(health) == (None, False)


def test_a_sure_judge_that_knows_its_canaries_is_asked_ever_less(health: Health) -> None:
    asked = 0
    for number in range(10_000):
        health.said(1.0, text(number))
        if health.canary_due:
            asked += 1
            health.canary(True, 0.1)
    assert asked <= 16  # 16, 32, 64, ... answers, at most 1,024 between two
    assert opinion(health) == (None, False)


def test_a_confirmed_suspicion_is_withdrawn_by_a_good_canary(health: Health, clock: Clock) -> None:
    fail(health, Cause.JUDGE_GARBLED, 5)
    health.canary(False)
    assert due_at(health, clock) == 2.0  # nobody ejected it: it is asked again, but not at once
    health.canary(True, 0.1)
    assert opinion(health) == (None, False)


# -- usable ----------------------------------------------------------------------------------------------


def test_usable_is_three_quarters_of_the_last_32(health: Health) -> None:
    verdicts = [health.usable]
    for _ in range(7):
        health.succeeded(0.1)
    verdicts.append(health.usable)
    health.succeeded(0.1)
    verdicts.append(health.usable)
    assert verdicts == [False, False, True]
    for _ in range(24):
        health.succeeded(0.1)
    fail(health, Cause.JUDGE_GARBLED, 8)
    verdicts = [health.usable]
    health.failed(Cause.JUDGE_GARBLED)
    verdicts.append(health.usable)
    assert verdicts == [True, False]


# -- pace ------------------------------------------------------------------------------------------------


def test_its_pace_is_the_median_of_ten_fresh_replies(health: Health, clock: Clock) -> None:
    for number in range(9):
        health.succeeded(1.0 + number, 4)
    assert health.typical() is None
    health.succeeded(100.0, 8)
    pace = health.typical()
    assert pace is not None
    assert (pace.seconds, pace.calls, pace.rate) == (5.5, 4.0, 4.0 / 5.5)
    clock.now += 31.0
    assert health.typical() is None


# -- out and back ----------------------------------------------------------------------------------------


def due_at(health: Health, clock: Clock) -> float:
    while not health.canary_due:
        clock.now = round(clock.now + 0.1, 1)
    return clock.now


def test_p17_canaries_go_out_after_1_2_4_8_10_10_seconds(health: Health, clock: Clock) -> None:
    health.eject("failing")
    waits = []
    for _ in range(6):
        before = clock.now
        waits.append(round(due_at(health, clock) - before, 1))
        health.canary(False)
    assert waits == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert health.state == "ejected"


def test_p17_two_good_canaries_in_a_row_bring_it_back(health: Health, clock: Clock) -> None:
    fail(health, Cause.JUDGE_ERROR, 5)
    health.eject("failing")
    answers = [True, False, True, True]
    states = []
    for ok in answers:
        due_at(health, clock)
        health.canary(ok, 0.1)
        states.append(health.state)
    assert states == ["ejected", "ejected", "ejected", "healthy"]
    assert (health.reason, *opinion(health)) == (None, None, False)


def test_p17_back_within_30_s_of_recovery_however_long_it_was_out(health: Health, clock: Clock) -> None:
    health.eject("failing")
    for _ in range(50):
        due_at(health, clock)
        health.canary(False)
    recovered_at = clock.now
    while health.state == "ejected":
        due_at(health, clock)
        health.canary(True, 0.1)
    assert clock.now - recovered_at <= 11.0


def test_a_good_answer_that_comes_too_late_is_not_good(health: Health, clock: Clock) -> None:
    health.eject("slow", answer_within_s=0.3)
    states = []
    for seconds in [0.5, 0.5, 0.5, 0.2, 0.2]:
        due_at(health, clock)
        health.canary(True, seconds)
        states.append(health.state)
    assert states == ["ejected"] * 4 + ["healthy"]


def test_one_that_relapses_is_asked_less_eagerly() -> None:
    clock = Clock()
    canaries = Canaries(clock)
    waits = []
    for well_for in [10.0, 10.0, 100.0, 10.0]:
        canaries.begin()
        began = clock.now
        while not canaries.due:
            clock.now += 0.5
        waits.append(clock.now - began)
        canaries.recovered(True)
        assert canaries.recovered(True)
        clock.now += well_for
    assert waits == [1.0, 2.0, 4.0, 1.0]
