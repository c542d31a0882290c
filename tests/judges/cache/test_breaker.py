"""What does not work is left alone, and said once."""

from structlog.testing import capture_logs

from judges.cache.breaker import Breaker, Notice, StoreError
from tests.judges.cache.known import Clock

ERROR = StoreError("no route")


def test_a_failure_is_left_alone_for_a_second_and_each_further_one_twice_as_long() -> None:
    clock = Clock()
    breaker = Breaker(Notice("redis"), clock)
    waits = []
    for _ in range(9):
        breaker.failed(ERROR)
        began = clock.now
        while not breaker.allows:
            clock.now += 1
        waits.append(clock.now - began)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_success_ends_it() -> None:
    clock = Clock()
    breaker = Breaker(Notice("redis"), clock)
    breaker.failed(ERROR)
    before = breaker.allows
    breaker.succeeded()
    assert (before, breaker.allows) == (False, True)


def test_only_a_minute_without_failure_makes_the_next_wait_short_again() -> None:
    clock = Clock()
    breaker = Breaker(Notice("redis"), clock)
    for pause, wait in ((0, 1), (59, 2), (61, 1)):
        clock.now += pause
        breaker.failed(ERROR)
        clock.now += wait - 0.5
        before = breaker.allows
        clock.now += 0.5
        assert (before, breaker.allows) == (False, True)
        breaker.succeeded()


def test_one_line_when_it_breaks_and_one_when_it_is_back() -> None:
    breaker = Breaker(Notice("redis"), Clock())
    with capture_logs() as lines:
        breaker.succeeded()
        for _ in range(5):
            breaker.failed(ERROR)
        breaker.succeeded()
        breaker.succeeded()
    assert lines == [
        {
            "event": "verdict_cache_unavailable",
            "log_level": "warning",
            "store": "redis",
            "problem": "no route",
        },
        {"event": "verdict_cache_available", "log_level": "info", "store": "redis"},
    ]


def test_of_two_parts_that_break_the_first_is_told_and_when_both_are_back() -> None:
    notice = Notice("redis")
    lookups, writes = Breaker(notice, Clock()), Breaker(notice, Clock())
    with capture_logs() as lines:
        lookups.failed(ERROR)
        writes.failed(ERROR)
        lookups.succeeded()
        events = [line["event"] for line in lines]
        writes.succeeded()
    assert events == ["verdict_cache_unavailable"]
    assert [line["event"] for line in lines] == [*events, "verdict_cache_available"]


def test_p24_of_an_exception_that_is_not_ours_only_the_type_is_told() -> None:
    with capture_logs() as lines:
        Breaker(Notice("redis")).failed(RuntimeError("password 123"))
    assert lines[0]["problem"] == "RuntimeError"
