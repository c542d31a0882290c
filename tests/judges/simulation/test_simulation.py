"""A thousand random schedules of the whole engine, in virtual time. A failing seed can be replayed:

GAVEL_SIMULATION_SEED=123 pytest tests/judges/simulation
"""

import os
from collections import Counter

import pytest

from tests.judges.simulation.world import World
from tests.judges.virtual_time import simulate

SCHEDULES, CHUNK = 1_000, 50
REPLAYED = os.environ.get("GAVEL_SIMULATION_SEED")


async def _run(seed: int) -> Counter[str]:
    world = World(seed)
    await world.run()
    return world.outcomes


def schedule(seed: int) -> Counter[str]:
    try:
        return simulate(_run(seed))
    except BaseException as error:
        error.add_note(f"replay it: GAVEL_SIMULATION_SEED={seed} pytest tests/judges/simulation")
        raise


CHUNKS = [0, *(pytest.param(first, marks=pytest.mark.soak) for first in range(CHUNK, SCHEDULES, CHUNK))]
"""`make test` runs the first fifty, `make test-soak` all of them."""


@pytest.mark.parametrize("first", [0] if REPLAYED else CHUNKS)
def test_nothing_forbidden_happens_in_any_schedule(first: int) -> None:
    seeds = [int(REPLAYED)] if REPLAYED else range(first, first + CHUNK)
    outcomes = sum((schedule(seed) for seed in seeds), Counter[str]())
    assert outcomes["verdict"] > 0


def test_a_seed_is_one_schedule() -> None:
    assert schedule(7) == schedule(7)
