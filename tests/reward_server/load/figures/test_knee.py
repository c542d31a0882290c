import math
from collections.abc import Sequence
from random import Random

import pytest

from reward_server.load.figures.knee import find
from reward_server.load.figures.summary import report
from reward_server.load.report import PhaseFigures
from tests.reward_server.load.figures.making import closed, figures_of, opened

LOADS = (1, 2, 4, 8, 16, 32, 64, 128)


def curve(rates: Sequence[float], loads: Sequence[float] = LOADS) -> list[PhaseFigures]:
    return [figures_of(load, rate) for load, rate in zip(loads, rates, strict=False)]


def knee_of(phases: Sequence[PhaseFigures], slo_s: float | None = None) -> float | None:
    found = find(phases, slo_s).knee
    return None if found is None else found.load


def test_throughput_that_stops_rising() -> None:
    assert knee_of(curve([5, 10, 20, 40, 41, 41, 41, 41])) == 8


def test_throughput_that_falls_again() -> None:
    assert knee_of(curve([5, 10, 20, 40, 30, 20, 10, 5])) == 8


def test_a_rounded_knee_is_where_95_percent_are_reached() -> None:
    rates = [100 * load / (load + 4) for load in LOADS]  # 94.1 at 64, 97.0 at 128: 95 % of it is 92.1
    assert knee_of(curve(rates)) == 64


def test_throughput_that_still_rises_has_none_and_says_so() -> None:
    found = find(curve([5.0 * load for load in LOADS]), None)
    assert found.knee is None
    assert (
        found.reason
        == "Throughput still rose up to 128 calls in flight, the greatest load: try greater ones."
    )


def test_loads_close_together_on_a_rising_line_are_no_knee() -> None:
    assert knee_of(curve([60, 61, 62, 63], loads=(60, 61, 62, 63))) is None


def test_throughput_that_is_flat_from_the_beginning() -> None:
    assert knee_of(curve([40, 41, 40, 41])) == 1


@pytest.mark.parametrize("seed", range(20))
def test_noise_of_two_percent_does_not_move_it_by_more_than_a_step(seed: int) -> None:
    random = Random(seed)
    rates = [min(5 * load, 40) * random.gauss(1, 0.02) for load in LOADS]
    assert knee_of(curve(rates)) in {8, 16}


def test_the_order_of_loads_does_not_matter() -> None:
    phases = curve([5, 10, 20, 40, 41, 41])
    assert knee_of([phases[n] for n in (3, 0, 5, 2, 4, 1)]) == 8


def test_a_limit_on_latency_moves_it_down() -> None:
    phases = [figures_of(load, min(5.0 * load, 40), p99_s=0.2 * max(1, load / 8)) for load in LOADS]
    assert knee_of(phases, slo_s=1) == 8
    phases = [figures_of(load, 5.0 * load, p99_s=0.1 * load) for load in LOADS]
    assert knee_of(phases, slo_s=1) == 8
    found = find(phases, 0.05)
    assert found.reason == "No load was sustained with p99 of a rollout within 50 ms: try smaller ones."


def test_loads_at_which_more_calls_fail_are_not_sustained() -> None:
    phases = curve([5, 10, 20, 40, 60, 80])
    failing = [figures_of(load, 5.0 * load, failures={"judge_rate_limited": 0.3}) for load in (16, 32)]
    assert knee_of([*phases[:4], *failing]) == 8
    always = [
        figures_of(p.load, p.rollouts_s, failures={"judge_error": 0.1})
        for p in curve([5, 10, 20, 40, 41, 41])
    ]
    assert knee_of(always) == 8


def test_loads_that_the_client_limited_are_left_out() -> None:
    rising = [*curve([5, 10, 20]), figures_of(8, 21, limited_by=["too slow"])]
    found = find(rising, None)
    assert found.knee is None
    assert (
        found.reason
        == "Throughput still rose up to 4 calls in flight; greater loads were limited by the client."
    )
    assert find(rising[3:], None).reason == "The client limited every load."


@pytest.mark.parametrize(
    ("phases", "reason"),
    [
        ([], "Nothing was measured."),
        (curve([5]), "One load shows no knee: try several, or let a sweep find it."),
        ([figures_of(64, 5, shape="burst")], "Bursts have no knee: it takes loads that last."),
        ([figures_of(1, 0), figures_of(2, 0)], "No rollout was completed."),
    ],
)
def test_too_little_for_a_knee_says_why(phases: list[PhaseFigures], reason: str) -> None:
    assert find(phases, None).reason == reason


def test_a_closed_loop_of_calls_to_eight_slots() -> None:
    found = report(closed([1, 2, 4, 8, 16, 32], slots=8, service_s=0.2, questions=5)).knee
    assert found is not None
    assert found.load == 8
    assert found.rollouts_s == pytest.approx(8 / 0.2 / 5, rel=0.02)
    assert found.calls_s == pytest.approx(40, rel=0.02)


def test_an_open_load_on_eight_slots() -> None:
    found = report(opened([10, 20, 30, 38, 45, 60], slots=8, service_s=0.2)).knee
    assert found is not None
    assert found.load == 38  # eight slots do 40, so 45 is left undone in part
    assert math.isclose(found.rollouts_s, 38, rel_tol=0.02)
