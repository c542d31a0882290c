"""The table of the capacity model: t_sys 200, t_ctx 1200, t_resp 400, t_crit 80, b 16, R 30k tokens/s.

C  = B k S (1-g)(1-h)          U1 = k P (t_ctx + b/2) + B k (t_resp + b/2)
U0 = B k S T                   U2 = P (t_ctx + b/2) + B (t_resp + b/2) + B k (t_crit + b/2)
                               U3 = P (t_ctx + b/2) + B (t_resp + b/2)
"""

import pytest

from reward_server.load.capacity.asking import Asking, Regime
from reward_server.load.capacity.engine import Shared
from reward_server.load.capacity.scenario import load
from tests.reward_server.load.capacity.making import R, busy_s, numbers, scenario, timed

ALL = (
    Asking("criterion_last", cached=False),
    Asking("criterion_first"),
    Asking("criterion_last"),
    Asking("packed"),
)


@pytest.mark.parametrize(
    ("rollouts", "criteria", "calls", "calls_s", "gpu_s"),
    [
        (1024, 1, 1_024, 34, (64, 15, 18, 15)),
        (1024, 5, 5_120, 171, (321, 73, 30, 15)),
        (1024, 10, 10_240, 341, (642, 146, 45, 15)),
        (2048, 5, 10_240, 341, (642, 146, 59, 29)),
        (4096, 5, 20_480, 683, (1283, 291, 118, 58)),
        (4096, 10, 40_960, 1365, (2567, 583, 178, 58)),
    ],
)
def test_a_batch_of_rollouts(
    rollouts: int, criteria: int, calls: int, calls_s: int, gpu_s: tuple[int, ...]
) -> None:
    planned = scenario(numbers(criteria), rollouts, budget_s=30.0)
    found = load(planned)
    assert found.calls == calls
    assert round(timed(planned).calls_s) == calls_s
    for asking, expected in zip(ALL, gpu_s, strict=True):
        assert round(busy_s(planned, asking)) == expected, asking
    assert load(planned, Asking("packed")).calls == calls / criteria


@pytest.mark.parametrize(
    ("prompts", "group_size", "calls", "bare", "cached"),
    [
        (1024, 8, 40_960, 43, 4.5),
        (1024, 16, 81_920, 86, 8.4),
        (1024, 64, 327_680, 342, 32),
        (1024, 128, 655_360, 684, 62),  # 684.49; the table prints 685
        (4096, 8, 163_840, 171, 18),
        (4096, 128, 2_621_440, 2738, 250),
    ],
)
def test_a_batch_of_prompts(prompts: int, group_size: int, calls: int, bare: float, cached: float) -> None:
    """The same numbers as rollouts are so many times less: here in GPUs for a budget of 60 s."""
    planned = scenario(numbers(5), prompts * group_size, group_size, budget_s=60.0)
    assert load(planned).calls == calls
    for asking, expected in ((Asking(cached=False), bare), (Asking(), cached)):
        gpus = timed(planned, asking).replicas_exact
        assert gpus is not None
        assert round(gpus, 1 if expected < 10 else 0) == expected


@pytest.mark.parametrize(("criteria", "rollouts", "group_size"), [(1, 64, 8), (5, 1024, 64), (7, 96, 16)])
def test_the_formulas(criteria: int, rollouts: int, group_size: int) -> None:
    b, t_sys, t_ctx, t_resp, t_crit, t_all = 16, 200, 1200, 400, 80, 1880
    k, n, p = criteria, rollouts, rollouts // group_size
    by_hand: dict[Regime, float] = {
        "criterion_first": k * p * (t_ctx + b / 2) + n * k * (t_resp + b / 2) + t_sys + k * t_crit,
        "criterion_last": p * (t_ctx + b / 2) + n * (t_resp + b / 2) + n * k * (t_crit + b / 2) + t_sys,
        "packed": p * (t_ctx + b / 2) + n * (t_resp + b / 2) + t_sys + k * t_crit,
        "listed": p * (t_ctx + b / 2) + n * (t_resp + b / 2) + n * k * (16 + b / 2) + t_sys + k * t_crit,
    }
    planned = scenario(numbers(criteria), rollouts, group_size)
    assert load(planned, Asking(cached=False)).computed_tokens == n * k * t_all
    for regime, tokens in by_hand.items():
        assert load(planned, Asking(regime)).computed_tokens == tokens, regime
        assert busy_s(planned, Asking(regime)) == pytest.approx(tokens / R)


def test_votes_gates_and_duplicates() -> None:
    """C = B k S (1-g)(1-h): 1024 x 5 x 3 x 0.8 x 0.5."""
    planned = scenario(numbers(5, samples=3), asking=Asking(settled=1 - 0.8 * 0.5))
    assert load(planned).calls == 6144
    without = load(planned, Asking(cached=False, settled=1 - 0.8 * 0.5))
    assert without.computed_tokens == without.prompt_tokens == 6144 * 1880
    # a vote more is a block less a half: its prompt is known
    bare = scenario(numbers(5))
    three = scenario(numbers(5, samples=3))
    assert load(three).computed_tokens - load(bare).computed_tokens == 2 * 5120 * 8


def test_little() -> None:
    """171 calls/s of 2 s each are 341 in flight."""
    planned = scenario(numbers(5), engine=Shared(R, latency=2.0), budget_s=30.0)
    assert timed(planned).in_flight == pytest.approx(5120 / 30 * 2)
