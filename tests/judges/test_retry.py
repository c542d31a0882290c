"""When the next attempt is made, and when none is."""

from datetime import UTC, datetime

import pytest

from judges.backend import BackendError
from judges.deadline import within
from judges.retry import Budget, Retries, retry_after
from rubrics.cause import Cause


class Waits:
    """A sleep that only writes down how long it would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def limited(wait: float | None) -> BackendError:
    return BackendError(Cause.JUDGE_RATE_LIMITED, "HTTP 429: ", retryable=True, retry_after=wait)


async def waited(
    failure: BackendError, retries: Retries, attempts_made: list[int] | None = None
) -> BackendError:
    async def attempt() -> None:
        if attempts_made is not None:
            attempts_made.append(1)
        raise failure

    with pytest.raises(BackendError) as caught:
        await retries.after(failure, attempt, lambda _: None)
    return caught.value


@pytest.mark.parametrize(
    ("luck", "seconds"), [(0.0, [0.0, 0.0]), (0.5, [0.125, 0.25]), (0.999, [0.24975, 0.4995])]
)
async def test_p15_full_jitter_on_a_doubling_wait(luck: float, seconds: list[float]) -> None:
    waits = Waits()
    await waited(
        BackendError(Cause.JUDGE_ERROR, "", retryable=True), Retries(3, sleep=waits, random=lambda: luck)
    )
    assert waits.seconds == pytest.approx(seconds)


async def test_p15_a_servers_appointment_is_kept() -> None:
    waits = Waits()
    await waited(limited(7.0), Retries(3, sleep=waits, random=lambda: 0.5))
    assert waits.seconds == [7.125, 7.125]


async def test_p15_an_appointment_for_now_is_paid_out_of_the_budget() -> None:
    made: list[int] = []
    retries = Retries(3, sleep=Waits(), budget=Budget(clock=lambda: 0.0))
    for _ in range(200):
        await waited(limited(0.0), retries, made)
    assert len(made) == Budget.RESERVE


async def test_p15_an_appointment_after_the_deadline_is_not_waited_for() -> None:
    waits = Waits()
    with within(5.0):
        assert (await waited(limited(7.0), Retries(3, sleep=waits))).cause == Cause.JUDGE_RATE_LIMITED
    assert waits.seconds == []
    await waited(limited(110.0), Retries(2, sleep=waits, random=lambda: 0.0))
    assert waits.seconds == [110.0]
    await waited(limited(86_400.0), Retries(3, sleep=waits))
    assert waits.seconds == [110.0]


@pytest.mark.parametrize("attempts", [1, 2, 3])
async def test_p15_the_first_attempt_counts(attempts: int) -> None:
    made: list[int] = [1]
    await waited(limited(None), Retries(attempts, sleep=Waits()), made)
    assert len(made) == attempts


async def test_what_cannot_be_retried_is_raised_unchanged() -> None:
    rejected = BackendError(Cause.JUDGE_REJECTED, "HTTP 400: ")
    assert await waited(rejected, Retries(3)) is rejected


async def test_an_answer_after_a_failure_is_the_answer() -> None:
    async def attempt() -> str:
        return "yes"

    causes: list[Cause] = []
    assert await Retries(2, sleep=Waits()).after(limited(None), attempt, causes.append) == "yes"
    assert causes == [Cause.JUDGE_RATE_LIMITED]


async def test_a_bug_in_an_attempt_is_not_retried() -> None:
    async def attempt() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Retries(3, sleep=Waits()).after(limited(None), attempt, lambda _: None)


def test_p15_the_budget_is_a_reserve_a_tenth_of_the_calls_and_ten_a_second() -> None:
    now = [0.0]
    budget = Budget(clock=lambda: now[0])
    assert sum(budget.spend() for _ in range(500)) == 100
    for _ in range(51):
        budget.earn()
    assert sum(budget.spend() for _ in range(500)) == 5
    now[0] += 2.0
    assert sum(budget.spend() for _ in range(500)) == 20
    now[0] += 3600.0
    assert sum(budget.spend() for _ in range(500)) == 100


async def test_p15_a_broke_judge_fails_at_once_but_keeps_appointments() -> None:
    budget = Budget(clock=lambda: 0.0)
    while budget.spend():
        pass
    waits = Waits()
    await waited(limited(None), Retries(3, budget, waits))
    assert waits.seconds == []
    await waited(limited(1.0), Retries(3, budget, waits, random=lambda: 0.0))
    assert waits.seconds == [1.0, 1.0]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 12 ", 12.0),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("-1", None),
        ("1.5", None),
        ("\u0663", None),
        ("9" * 5_000, None),
        ("Sat, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)) == seconds
