"""The sweep against servers that are curves: where it stops, and how many loads that takes."""

import random
from collections.abc import Callable

import pytest

from reward_server.load.record import Phase, Record
from reward_server.load.sweep import Point, Sweep, point_of

Curve = Callable[[float], Point]


def slots(count: float, seconds: float = 0.1) -> Curve:
    """A closed load on so many slots: throughput grows up to `count` calls, then only latency does."""

    def curve(load: float) -> Point:
        return Point(load, min(load, count) / seconds, seconds * max(1.0, load / count))

    return curve


def swept(sweep: Sweep, curve: Curve) -> list[Point]:
    points: list[Point] = []
    while (load := sweep.next(points)) is not None:
        points.append(curve(load))
        assert len(points) <= sweep.most_loads
    return points


def knee(points: list[Point], share: float = 0.95) -> float:
    enough = share * max(point.rollouts_s for point in points)
    return min(point.load for point in points if point.rollouts_s >= enough)


@pytest.mark.parametrize("count", [1, 3, 10, 64, 100, 1000])
def test_the_knee_is_found_within_the_resolution(count: int) -> None:
    points = swept(Sweep(), slots(count))
    assert 0.95 * count <= knee(points) <= 1.2 * count
    assert len(points) <= 15


def test_it_doubles_first_and_then_halves_the_distance() -> None:
    points = swept(Sweep(), slots(10))
    # 32 brings no more than 16, so the knee is between 8 and 16: 11 is enough, 9 is not, 10 is
    assert [point.load for point in points] == [1, 2, 4, 8, 16, 32, 11, 9, 10]


def test_a_rate_is_swept_in_the_same_way() -> None:
    def curve(load: float) -> Point:
        return Point(load, min(load, 37.0), 0.1 if load <= 37 else 5.0)

    points = swept(Sweep(whole=False, start=0.5), curve)
    assert 0.95 * 37 <= knee(points) <= 1.2 * 37


def test_an_slo_moves_the_end_to_the_greatest_load_that_keeps_it() -> None:
    points = swept(Sweep(slo_s=0.05, most=4096), lambda load: Point(load, load * 10, load / 1000))
    kept = max(point.load for point in points if (point.p99_s or 0) <= 0.05)
    assert 50 / 1.25 <= kept <= 50
    assert max(point.load for point in points) == 64


def test_no_load_keeps_the_slo() -> None:
    assert swept(Sweep(slo_s=0.05), slots(10)) == [Point(1, 10, 0.1)]


def test_a_server_that_never_saturates_ends_at_the_greatest_load() -> None:
    points = swept(Sweep(most=100), slots(1e9))
    assert [point.load for point in points][:8] == [1, 2, 4, 8, 16, 32, 64, 100]
    assert len(points) <= 10


def test_a_dead_server_ends_the_sweep_at_once() -> None:
    assert len(swept(Sweep(), lambda load: Point(load, 0.0, None))) == 2


def test_a_server_that_collapses_ends_it() -> None:
    points = swept(Sweep(), lambda load: Point(load, load * 10 if load <= 20 else 5.0, 0.1))
    assert knee(points) <= 20
    assert max(point.load for point in points) == 32


def test_latency_that_blows_up_ends_it_even_while_throughput_grows() -> None:
    points = swept(Sweep(), lambda load: Point(load, load, 0.1 * load**2))
    assert max(point.load for point in points) == 8  # 64 times the latency at 1


@pytest.mark.parametrize("seed", range(20))
def test_noise_of_three_per_cent_moves_the_knee_little(seed: int) -> None:
    chance = random.Random(seed)
    exact = slots(64)

    def curve(load: float) -> Point:
        point = exact(load)
        return Point(load, point.rollouts_s * chance.gauss(1, 0.015), point.p99_s)

    assert 0.8 * 64 <= knee(swept(Sweep(), curve)) <= 2 * 64


def test_repeats_count_by_their_median() -> None:
    points = [Point(1, 10, 0.1), Point(1, 11, 0.1), Point(1, 10, 0.1), *[Point(2, 10, 0.2)] * 3]
    assert Sweep().next(points) is None


def record(rollout: int, due: float, done: float, cause: str | None = None) -> Record:
    return Record(due, due, done, rollout, 0, cause=cause)


def test_a_point_is_made_of_rollouts_that_ended_well_in_the_measured_part() -> None:
    phase = Phase("closed", 4, 0.0, 1.0, 3.0)
    records = [
        record(0, 0.5, 0.9),  # in the warm-up
        record(1, 0.8, 1.2),  # ends in the measured part
        record(2, 1.0, 1.5),
        record(2, 1.1, 2.5),  # its last call counts: 1.5 s after the first was due
        record(3, 1.5, 1.6, "judge_error"),
        record(4, 2.9, 3.4),  # ends too late for the throughput
    ]
    assert point_of(phase, records) == Point(4, 2 / 2.0, 1.5)
