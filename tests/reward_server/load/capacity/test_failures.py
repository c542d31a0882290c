"""Failure and tail arithmetic, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.load.capacity.failures import beyond, incomplete


@pytest.mark.parametrize(
    ("failed", "retries", "share"),
    [
        (0.01, 0, 0.049),  # 50 of 1,024
        (0.01, 1, 0.0005),
        (0.01, 2, 5e-6),
        (0.05, 0, 0.226),
        (0.05, 1, 0.012),  # 1 - (1 - 0.0025)^5 = 0.01244
        (0.05, 2, 0.0006),
    ],
)
def test_five_calls_a_rollout(failed: float, retries: int, share: float) -> None:
    assert incomplete(failed, 5, retries) == pytest.approx(share, rel=0.05)


def test_the_ends() -> None:
    assert incomplete(0.0, 5, 0) == 0.0
    assert incomplete(1.0, 5, 2) == 1.0
    assert incomplete(1.0, 0, 2) == 0.0
    assert beyond(0.999, 0) == 0.0


def test_a_step_meets_its_tail() -> None:
    assert beyond(0.999, 5120) == pytest.approx(0.994, abs=5e-4)
    assert beyond(0.9999, 5120) == pytest.approx(0.40, abs=5e-3)


@given(st.floats(0, 0.9), st.floats(1, 100), st.integers(0, 3))
def test_the_plain_formula(failed: float, calls: float, retries: int) -> None:
    plain = 1 - (1 - failed ** (retries + 1)) ** calls
    assert incomplete(failed, calls, retries) == pytest.approx(plain, abs=1e-12)
