from collections import Counter

import pytest

from judges.engine.homes import Homes
from judges.engine.replica import Replica
from tests.judges.engine.fleets import fleet_of, virtually


def replicas(count: int) -> list[Replica]:
    return fleet_of(*(f"replica-{number}" for number in range(count))).replicas


@virtually
async def test_a_group_stays_where_it_is_while_any_of_its_calls_is_under_way() -> None:
    homes = Homes(replicas(8))
    homes.enter(b"group")
    home = homes.find(b"group")
    home.in_flight = 1_000  # however busy it gets
    homes.enter(b"group")
    assert homes.find(b"group") is home
    homes.leave(b"group")
    assert homes.find(b"group") is home
    homes.leave(b"group")
    homes.enter(b"group")
    assert homes.find(b"group") is not home


@virtually
async def test_groups_spread_evenly_and_come_back_to_where_their_prefix_is() -> None:
    homes = Homes(replicas(8))
    found: Counter[Replica] = Counter()
    for number in range(400):
        route = b"%d" % number
        homes.enter(route)
        home = homes.find(route)
        home.in_flight += 5
        found[home] += 5
    assert max(found.values()) <= 1.25 * 2_000 / 8 + 6
    for replica in homes.replicas:
        replica.in_flight = 0
    fresh = Homes(list(homes.replicas))
    homes_of_idle = {fresh.find(b"%d" % number): number for number in (7, 7, 7)}
    assert len(homes_of_idle) == 1


@virtually
async def test_a_slow_replica_gets_fewer_groups() -> None:
    homes = Homes(replicas(2))
    for replica, seconds in zip(homes.replicas, (0.1, 0.9), strict=True):
        for _ in range(10):
            replica.health.succeeded(seconds)
    found: Counter[Replica] = Counter()
    for number in range(100):
        home = homes.find(b"%d" % number)
        home.in_flight += 1
        found[home] += 1
    fast, slow = homes.replicas
    assert found[fast] > 3 * found[slow]


@virtually
async def test_p15_a_call_avoids_where_it_failed_and_its_group_stays() -> None:
    homes = Homes(replicas(3))
    homes.enter(b"group")
    home = homes.find(b"group")
    other = homes.find(b"group", {home})
    assert other is not home
    assert homes.find(b"group", {home, other}) not in {home, other}
    assert homes.find(b"group") is home
    assert homes.find(b"group", set(homes.replicas)) in homes.replicas  # nothing is left but to try again


@pytest.mark.parametrize("leaving", [False, True])
@virtually
async def test_p17_a_group_leaves_a_replica_that_is_out(leaving: bool) -> None:
    homes = Homes(replicas(3))
    homes.enter(b"group")
    home = homes.find(b"group")
    if leaving:
        home.leaving = True
    else:
        home.health.eject("failing")
    away = homes.find(b"group")
    assert away is not home
    assert homes.find(b"group") is away


@virtually
async def test_where_none_is_alive_calls_wait_for_one_that_is_avoided_last() -> None:
    homes = Homes(replicas(2))
    for replica in homes.replicas:
        replica.health.eject("failing")
    assert homes.find(b"group") in homes.replicas
    single = Homes(homes.replicas[:1])
    assert single.find(b"group", {homes.replicas[0]}) is homes.replicas[0]


@virtually
async def test_calls_without_a_group_have_no_home_to_crowd() -> None:
    homes = Homes(replicas(2))
    one, other = homes.replicas
    homes.enter(b"")
    homes.enter(b"")
    homes.move(b"", one)  # one of them was taken over
    one.in_flight = 5
    assert homes.find(b"") is other


@virtually
async def test_p19_a_group_that_is_over_is_forgotten() -> None:
    homes = Homes(replicas(2))
    for number in range(1_000):
        route = b"%d" % number
        homes.enter(route)
        homes.find(route)
        homes.leave(route)
    homes.move(b"over", homes.replicas[0])
    assert not homes._homes
    assert not homes._calls
