"""Groups on replicas: evenly, and where they were before as far as possible."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from judges.engine.routing import BOUND, Routing

NAMES = [f"http://10.0.0.{number}:8000/v1" for number in range(8)]
ROUTES = [number.to_bytes(16, "big") for number in range(2000)]


def idle(routing: Routing, names: list[str], route: bytes) -> str:
    return names[routing.assign(route, [0.0] * len(names), [True] * len(names))]


def test_p07_a_route_goes_to_the_same_replica_in_any_order_and_process() -> None:
    assert [idle(Routing(NAMES), NAMES, route) for route in ROUTES[:6]] == [
        NAMES[index] for index in (5, 7, 0, 1, 0, 7)
    ]
    backwards = NAMES[::-1]
    for route in ROUTES:
        assert idle(Routing(NAMES), NAMES, route) == idle(Routing(backwards), backwards, route)


def test_routes_spread_evenly() -> None:
    shares = Counter(idle(Routing(NAMES), NAMES, route) for route in ROUTES)
    assert len(shares) == 8
    assert max(shares.values()) <= 1.2 * len(ROUTES) / 8


def test_when_a_replica_comes_only_its_own_routes_move() -> None:
    before, after = Routing(NAMES[:7]), Routing(NAMES)
    moved = [route for route in ROUTES if idle(before, NAMES[:7], route) != idle(after, NAMES, route)]
    assert all(idle(after, NAMES, route) == NAMES[7] for route in moved)
    assert len(moved) <= 1.2 * len(ROUTES) / 8


def test_when_a_replica_goes_only_its_own_routes_move() -> None:
    routing = Routing(NAMES)
    alive = [name != NAMES[3] for name in NAMES]
    for route in ROUTES:
        home = routing.assign(route, [0.0] * 8, [True] * 8)
        refuge = routing.assign(route, [0.0] * 8, alive)
        assert refuge == home if home != 3 else refuge != 3


def test_a_full_replica_passes_its_groups_on() -> None:
    routing = Routing(NAMES)
    home = routing.assign(ROUTES[0], [0.0] * 8, [True] * 8)
    loads = [100.0 if index == home else 10.0 for index in range(8)]
    assert routing.assign(ROUTES[0], loads, [True] * 8) != home
    loads[home] = 11.0
    assert routing.assign(ROUTES[0], loads, [True] * 8) == home


def test_loads_stay_within_the_bound() -> None:
    routing = Routing(NAMES)
    loads = [0.0] * 8
    for number, route in enumerate(ROUTES):
        size = 4.0 if number % 3 else 40.0
        loads[routing.assign(route, loads, [True] * 8)] += size
    assert max(loads) <= BOUND * sum(loads) / 8 + 1 + 40


def test_most_groups_keep_their_place_under_load() -> None:
    routing = Routing(NAMES)
    loads = [0.0] * 8
    kept = 0
    for route in ROUTES:
        index = routing.assign(route, loads, [True] * 8)
        kept += index == routing.assign(route, [0.0] * 8, [True] * 8)
        loads[index] += 8.0
    assert kept >= 0.85 * len(ROUTES)


def test_without_a_route_the_least_loaded_is_taken() -> None:
    routing = Routing(NAMES[:3])
    assert routing.assign(b"", [5.0, 2.0, 3.0], [True, True, True]) == 1
    assert routing.assign(b"", [5.0, 2.0, 3.0], [True, False, True]) == 2


def test_where_none_is_alive_all_are_eligible() -> None:
    routing = Routing(NAMES)
    for route in ROUTES[:50]:
        assert routing.assign(route, [0.0] * 8, [False] * 8) == routing.assign(route, [0.0] * 8, [True] * 8)


@given(
    st.binary(max_size=40),
    st.lists(st.tuples(st.floats(0, 1e9), st.booleans()), min_size=1, max_size=8),
    st.floats(0, 100),
)
def test_the_choice_is_always_eligible_and_within_the_bound(
    route: bytes, replicas: list[tuple[float, bool]], slack: float
) -> None:
    loads = [load for load, _ in replicas]
    alive = [lives for _, lives in replicas]
    chosen = Routing(NAMES[: len(replicas)]).assign(route, loads, alive, slack)
    eligible = [index for index, lives in enumerate(alive) if lives] or list(range(len(alive)))
    assert chosen in eligible
    mean = sum(loads[index] for index in eligible) / len(eligible)
    assert loads[chosen] <= BOUND * mean + slack or loads[chosen] == min(loads[index] for index in eligible)
