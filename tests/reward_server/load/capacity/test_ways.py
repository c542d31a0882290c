"""What makes a step fit, and in which order it is told."""

import pytest

from reward_server.load.capacity.asking import Asking
from reward_server.load.capacity.changes import combinations
from reward_server.load.capacity.engine import Engine, Measured, Shared, Slots
from reward_server.load.capacity.plan import Plan, plan
from tests.reward_server.load.capacity.making import R, numbers, scenario


def planned(
    budget_s: float | None,
    asking: Asking | None = None,
    engine: Engine | None = None,
    samples: int = 1,
    **step: int,
) -> Plan:
    return plan(scenario(numbers(5, samples), budget_s=budget_s, asking=asking, engine=engine, **step), 0.01)


def test_what_fits_needs_no_ways() -> None:
    """29.6 s of 40."""
    found = planned(40.0)
    assert (found.fits, found.ways) == (True, [])
    assert found.verdict == "It fits: 29.6 s of 40.0 s, 26% to spare, with 1 replica."


def test_no_budget_no_verdict_on_it() -> None:
    found = planned(None)
    assert found.fits is None
    assert found.verdict == "Judging a step takes 29.6 s with 1 replica."


def test_first_what_costs_nothing_then_quality_then_hardware() -> None:
    """72.9 s criterion first; last 29.6, listed 18.7, packed 14.6 and its replies."""
    found = planned(35.0, Asking("criterion_first"))
    assert found.verdict.startswith("It does not fit: 72.9 s are 2.08 times the budget of 35.0 s")
    assert [way.costs for way in found.ways] == ["nothing", "nothing", "quality"]
    listed, last, packed = found.ways
    assert ("layout: listed" in listed.changes[0], last.changes[0].startswith("criterion last")) == (
        True,
        True,
    )
    assert (round(listed.seconds, 1), round(last.seconds, 1)) == (18.7, 29.6)
    assert packed.changes == ["packing, `mode: all`: one call for a rollout"]
    assert packed.risks
    assert not packed.load.times.replies_timed if packed.load.times else False


def test_none_does_all_that_another_does_and_more() -> None:
    found = planned(35.0, Asking("criterion_first", cached=False), samples=3)
    changes = [set(way.changes) for way in found.ways]
    assert len(changes) == 3
    assert not any(one < other for one in changes for other in changes)


def test_hardware_comes_last_with_its_number() -> None:
    """12 s: packed takes 14.6; 887,880 tokens at 30,000/s are 29.6 s."""
    found = planned(12.0)
    assert {way.costs for way in found.ways} == {"quality", "hardware"}
    assert found.ways[0].changes[0].startswith("61% of the rollouts settled")
    assert found.now.times is not None
    assert found.now.times.replicas == 3
    assert "As it is, it takes 3 replicas." in found.verdict
    fewest = found.ways[1]
    assert (fewest.costs, fewest.replicas) == ("hardware", 2)
    assert fewest.changes[-1] == "2 replicas"


def test_one_token_and_fewer_votes() -> None:
    """Verdicts of 120 tokens, 3 votes: 5,120 x 3 x 119 tokens at 31k/s are 59 s."""
    found = planned(40.0, engine=Shared(R, 31_000.0), samples=3, decode_tokens=120)
    single = {way.changes[0] for way in found.ways if len(way.changes) == 1}
    assert "verdicts of one token" in single
    every = {name for way in found.ways for name in way.changes}
    assert "packing, `mode: all`: one call for a rollout" in every


def test_votes_are_named() -> None:
    names = {change.name for changes in combinations(scenario(numbers(1, samples=5))) for change in changes}
    assert {"3 votes instead of 5", "1 vote instead of 5"} <= names


def test_a_call_longer_than_the_budget_is_beyond_help() -> None:
    found = planned(1.0, engine=Slots(64, ttft=2.0))
    assert found.ways == []
    assert "More replicas are not enough" in found.verdict
    assert "Nothing that could be changed makes it fit" in found.verdict


def test_measured_rates_may_fit() -> None:
    """200 calls/s: 25.6 s. Of 500 computed tokens each: 887,880 tokens take 8.9 s, if they are the limit."""
    found = planned(20.0, engine=Measured(200.0, 100_000.0, latency=0.5))
    assert found.fits is False
    assert "It may, if tokens are what the measured engine spends its time on: 8.9 s." in found.verdict
    assert [way.sure for way in found.ways if way.costs == "nothing"] == [False]


@pytest.mark.parametrize("settled", [1.0])
def test_nothing_asked_fits(settled: float) -> None:
    found = planned(1.0, Asking(settled=settled))
    assert found.fits
    assert found.verdict == "It fits: nothing is asked of a judge."
    assert found.failures.incomplete == [0.0, 0.0, 0.0]
    assert found.memory is None


def test_room_for_keys_and_values() -> None:
    """709,000 tokens of 1,880 each."""
    found = plan(scenario(numbers(5)), 0.0, kv_tokens=709_000)
    assert found.memory is not None
    assert found.memory.calls == 377
