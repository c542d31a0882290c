"""Long timelines are drawn in fewer steps, and nothing that stands out is lost."""

from hypothesis import given
from hypothesis import strategies as st

from reward_server.load.page.moments import MOST, spans
from reward_server.load.report import Moment


def moment(at: float, rollouts: int = 10, p99: float | None = None, waiting: int | None = None) -> Moment:
    p50 = None if p99 is None else p99 / 2
    return Moment(at, 0, at < 2, rollouts, 5 * rollouts, 1, p50, p99, 64, 60, waiting)


def test_a_short_one_is_as_it_is() -> None:
    first, second = spans([moment(0), moment(2.0, 30, 0.8, 7)], step_s=2.0)
    assert (first.start, first.end, first.warming, first.rollouts_s) == (0, 2, True, 5)
    assert (first.p50, first.p99, first.waiting) == (None, None, None)
    assert (second.start, second.end, second.warming, second.rollouts_s) == (2, 4, False, 15)
    assert (second.p50, second.p99, second.waiting) == (0.4, 0.8, 7)


def test_a_long_one_keeps_its_worst_latency_and_its_rate() -> None:
    stalled = [moment(at, 0 if at == 7 else 12, 5.0 if at == 8 else 0.2, 3) for at in range(480)]
    seen = spans(stalled, step_s=1.0)
    assert len(seen) == MOST
    assert (seen[3].start, seen[3].end, seen[3].rollouts_s) == (6, 8, 6)
    assert seen[4].p99 == 5.0
    assert seen[4].p50 == (2.5 + 0.1) / 2


@given(st.lists(st.integers(0, 100), max_size=700), st.integers(1, 300))
def test_no_rollout_is_lost(rollouts: list[int], most: int) -> None:
    seen = spans([moment(float(at), count) for at, count in enumerate(rollouts)], 1.0, most)
    assert len(seen) <= most
    assert round(sum(each.rollouts_s * (each.end - each.start) for each in seen)) == sum(rollouts)
