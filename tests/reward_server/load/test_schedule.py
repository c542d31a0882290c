import pytest

from reward_server.load.schedule import Schedule, Step, soak
from reward_server.load.sweep import Point, Sweep
from rubrics.problems import ConfigError


def test_all_loads_come_before_any_is_repeated() -> None:
    schedule = Schedule(loads=[1, 2], repeats=2)
    steps = [schedule.step([], done) for done in range(5)]
    assert steps == [Step(1, 0), Step(2, 0), Step(1, 1), Step(2, 1), None]
    assert schedule.steps() == 4


def test_a_sweep_repeats_a_load_before_it_goes_on() -> None:
    schedule = Schedule(sweep=Sweep(), repeats=2)
    points = [Point(1, 10, 0.1)]
    assert schedule.step([], 0) == Step(1)
    assert schedule.step(points, 1) == Step(1, 1)
    assert schedule.step(points * 2, 2) == Step(2)
    assert schedule.steps() is None


def test_a_soak_is_one_load_for_long() -> None:
    assert soak(3.5, 3600, warmup_s=60) == Schedule(shape="poisson", loads=[3.5], seconds=3600, warmup_s=60)


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        (Schedule(), "at least one load"),
        (Schedule(loads=[0]), "greater than 0"),
        (Schedule(loads=[1.5]), "whole numbers"),
        (Schedule(shape="burst", sweep=Sweep()), "closed or an open load"),
        (Schedule(loads=[1], clients=2), "for each client"),
        (Schedule(loads=[1], seconds=0), "needs time"),
        (Schedule(loads=[1], repeats=0), "at least 1"),
        (Schedule(shape="burst", loads=[8], in_flight=0), "at least 1"),
    ],
)
def test_what_cannot_be_run_is_refused(schedule: Schedule, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        schedule.checked()
