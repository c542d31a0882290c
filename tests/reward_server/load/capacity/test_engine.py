"""Three models of engines, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.load.capacity.engine import Measured, Shared, Slots, Work

WORK = Work(calls=1000.0, computed=60_000.0, further=19_000.0)


def test_calls_that_share_an_engine() -> None:
    engine = Shared(prefill_tps=30_000.0, decode_tps=9_500.0, ttft=0.5)
    assert engine.busy_s(WORK) == 60 / 30 + 19 / 9.5 == 4.0
    assert engine.step_s(WORK, 2) == 2.5
    assert engine.times(WORK)
    assert not Shared(30_000.0).times(WORK)


def test_slots_come_in_waves() -> None:
    """A call: 0.1 + 60 / 1000 + 19 / 475 = 0.2 s; 1,000 of them on 64 slots: 16 waves."""
    engine = Slots(64, ttft=0.1, prefill_tps=1000.0, decode_tps=475.0)
    assert engine.call_s(WORK) == pytest.approx(0.2)
    assert engine.step_s(WORK, 1) == pytest.approx(16 * 0.2)
    assert engine.step_s(WORK, 2) == pytest.approx(8 * 0.2)
    assert engine.step_s(WORK, 1000) == pytest.approx(0.2)
    assert engine.busy_s(WORK) == pytest.approx(1000 * 0.2 / 64)
    assert engine.step_s(Work(0, 0, 0), 1) == 0.0


def test_what_was_measured_leaves_a_range() -> None:
    """500 calls/s of 100 tokens each were seen; these calls have 60, so calls or tokens may be the limit."""
    engine = Measured(calls_s=500.0, prefill_tps=50_000.0, decode_tps=None)
    assert engine.step_s(WORK, 1) == 2.0
    assert engine.best_s(WORK, 1) == pytest.approx(1.2)
    longer = Work(1000.0, 200_000.0, 0.0)
    assert engine.step_s(longer, 1) == engine.best_s(longer, 1) == 4.0
    assert Measured(500.0).best_s(longer, 4) == 0.5


@given(st.floats(1, 1e6), st.floats(0, 1e8), st.integers(1, 512), st.integers(1, 64))
def test_replicas_never_hurt(calls: float, computed: float, slots: int, replicas: int) -> None:
    work = Work(calls, computed, 0.0)
    for engine in (Shared(3e4), Slots(slots, 0.02, 2e4), Measured(500.0, 3e4)):
        assert engine.step_s(work, replicas + 1) <= engine.step_s(work, replicas)
        assert engine.step_s(work, replicas) >= engine.busy_s(work) / replicas * (1 - 1e-12)
