"""Healthy runs raise nothing, whatever chance does; runs that are not do, in the same noise."""

from collections.abc import Callable

import pytest

from reward_server.alarms.raising import raised
from reward_server.reward.alarm_options import AlarmOptions
from tests.reward_server.alarms.making import Policy, changing, simulated

STEPS = 300
SHORT, COLLAPSE = 90, 60
"""Steps of a run in which something goes wrong, and the step at which it does."""
SHAPES = [(8, 8), (2, 4), (1, 8)]
"""Groups of a step, and rollouts of a group."""


def improving(policy: Policy, number: int) -> None:
    """What a healthy run does: more is right, more is in the form, reasoning gets somewhat shorter."""
    policy.accuracy = 0.5 + 0.25 * number / STEPS
    policy.format = 0.85 + 0.1 * number / STEPS
    policy.median = 250 - 50 * number / STEPS


def alarms(
    seed: int, change: Callable[[Policy, int], None], groups: int = 8, size: int = 8, count: int = STEPS
) -> list[tuple[str, int]]:
    found = raised(list(simulated(seed, changing(count, change), groups, size)), AlarmOptions())
    return [(alarm.name, alarm.raised) for alarm in found]


@pytest.mark.parametrize(("groups", "size"), SHAPES)
def test_healthy_runs_raise_nothing(groups: int, size: int) -> None:
    assert alarms(1, improving, groups, size) == []


@pytest.mark.soak
def test_at_most_one_of_forty_healthy_runs_raises_anything() -> None:
    """Each is a chance for a dozen alarms at 300 steps."""
    false = [seed for seed in range(40) if alarms(100 + seed, improving, *SHAPES[seed % 3])]
    assert len(false) <= 1


def collapsing(policy: Policy, number: int) -> None:
    improving(policy, number)
    if number >= COLLAPSE:
        policy.median = 45


def contradicting(policy: Policy, number: int) -> None:
    improving(policy, number)
    if number >= COLLAPSE:
        policy.inconsistent = 0.4


def repeating(policy: Policy, number: int) -> None:
    improving(policy, number)
    if number >= COLLAPSE:
        policy.duplicates = 0.5


def copying(policy: Policy, number: int) -> None:
    improving(policy, number)
    if number >= COLLAPSE:
        policy.copies = 0.5


def failing(policy: Policy, number: int) -> None:
    improving(policy, number)
    if number >= COLLAPSE:
        policy.unscored = 0.3


def solved(policy: Policy, number: int) -> None:
    improving(policy, number)
    if number >= COLLAPSE:
        policy.format = 0.999


@pytest.mark.parametrize(
    ("change", "name", "within"),
    [
        (collapsing, "length_collapse", 2),
        (contradicting, "think_answer_inconsistency", 6),
        (repeating, "duplicates_rising", 6),
        (copying, "identity_copies", 6),
        (failing, "unscored_fraction", 2),
        (solved, "component_saturated", 10),
    ],
)
def test_what_goes_wrong_is_told_within_a_few_steps_and_nothing_else(
    change: Callable[[Policy, int], None], name: str, within: int
) -> None:
    found = alarms(3, change, count=SHORT)
    assert {told for told, _ in found} == {name}
    assert COLLAPSE <= found[0][1] < COLLAPSE + within
