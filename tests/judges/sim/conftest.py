from collections.abc import Iterator

import pytest

from tests.processes import ServerProcess, start_sim

INSTANT = ("--ttft", "0", "--prefill-tps", "0", "--decode-tps", "0")


@pytest.fixture(scope="session")
def sim() -> Iterator[ServerProcess]:
    """A simulated judge without latency, shared by tests that leave no faults behind."""
    with start_sim(*INSTANT) as server:
        yield server
