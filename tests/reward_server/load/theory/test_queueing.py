"""The closed forms, against hand values, tables and long simulations."""

import random
from statistics import fmean

import pytest

from tests.reward_server.load.theory.queueing import (
    ends,
    erlang_c,
    makespan,
    throughput,
    wait_mdc,
    wait_mgc,
    wait_mmc,
    waves,
)

CALLS = 200_000


def test_erlang_c() -> None:
    assert erlang_c(1, 0.7) == pytest.approx(0.7)  # one server: the share of time it is busy
    # two servers, one Erlang: (1²/2!) / (1 - 1/2) / (1 + 1 + (1²/2!) / (1 - 1/2)) = 1 / 3
    assert erlang_c(2, 0.5) == pytest.approx(1 / 3)
    # three servers, two Erlang: 8/6 · 3 / (1 + 2 + 2 + 4) = 4 / 9
    assert erlang_c(3, 2 / 3) == pytest.approx(4 / 9)


def test_mean_wait_of_exponential_service() -> None:
    assert wait_mmc(1, 1.0, 0.8) == pytest.approx(4.0)  # rho / (1 - rho)
    assert wait_mmc(2, 1.0, 1.0) == pytest.approx(1 / 3)  # (1/3) / (2 · 1/2)


def test_mean_wait_of_constant_service() -> None:
    assert wait_mdc(1, 1.0, 0.8) == pytest.approx(2.0)  # rho / (2 (1 - rho))
    # (1/3) / 2 · (1 + 0.5 · 1 · (√14 - 2) / (16 · 0.5 · 2)) = 0.16667 · 1.05443
    assert wait_mdc(2, 1.0, 1.0) == pytest.approx(0.17574, abs=1e-5)


def test_constant_and_exponential_service_are_ends_of_the_general_form() -> None:
    assert wait_mgc(4, 2.0, 1.8, 1.0) == wait_mmc(4, 2.0, 1.8)
    assert wait_mgc(1, 2.0, 0.4, 0.0) == pytest.approx(wait_mdc(1, 2.0, 0.4))


def simulated(servers: int, rate: float, exponential: bool) -> float:
    draw = random.Random(1)
    at, arrivals = 0.0, list[float]()
    for _ in range(CALLS):
        at += draw.expovariate(rate)
        arrivals.append(at)
    services = [draw.expovariate(1.0) if exponential else 1.0 for _ in arrivals]
    waits = zip(ends(arrivals, services, servers), arrivals, services, strict=True)
    return fmean(end - arrived - service for end, arrived, service in waits)


@pytest.mark.parametrize(("servers", "rho"), [(2, 0.6), (4, 0.8), (8, 0.8)])
def test_formulas_agree_with_long_simulations(servers: int, rho: float) -> None:
    rate = servers * rho
    assert simulated(servers, rate, exponential=True) == pytest.approx(wait_mmc(servers, 1, rate), rel=0.05)
    assert simulated(servers, rate, exponential=False) == pytest.approx(wait_mdc(servers, 1, rate), rel=0.05)


def test_closed_loops_and_bursts() -> None:
    assert throughput(3, 8, 0.5) == 6.0
    assert throughput(20, 8, 0.5) == 16.0
    assert waves(17, 8, 0.5) == 1.5
    assert makespan([0.5] * 17, 8) == 1.5
    # two servers: 3 | 1, then 1 on the second, then 2 on the second: 3 against 1 + 1 + 2
    assert makespan([3, 1, 1, 2], 2) == 4


def test_ends_by_hand() -> None:
    # the third comes at 2 and finds both busy until 3 and 4
    assert ends([0, 1, 2, 9], [3, 3, 1, 2], 2) == [3, 4, 4, 11]
