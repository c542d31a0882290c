"""One simulated judge and one server for all tests that leave both as they found them."""

from collections.abc import Iterator

import pytest

from tests.processes import ServerProcess, start_sim
from tests.reward_server.http.serving import INSTANT, Served, serve


@pytest.fixture(scope="session")
def judge() -> Iterator[ServerProcess]:
    """A simulated judge without latency."""
    with start_sim(*INSTANT) as process:
        yield process


@pytest.fixture(scope="session")
def server(judge: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over the small reward file."""
    with serve(tmp_path_factory.mktemp("served"), judge) as served:
        yield served
