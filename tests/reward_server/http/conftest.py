"""One simulated judge and one server for all tests that leave both as they found them."""

from collections.abc import Iterator

import pytest

from tests.processes import ServerProcess, start_sim
from tests.reward_server.http.serving import INSTANT, PATIENT_REWARD, Served, serve


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


@pytest.fixture(scope="session")
def stuck_judge() -> Iterator[ServerProcess]:
    """A simulated judge that takes an hour for a call; it counts the calls that are cancelled."""
    with start_sim("--ttft", "3600") as process:
        yield process


@pytest.fixture(scope="session")
def stuck(stuck_judge: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over the stuck judge. A batch without well-formed completions is answered all the same."""
    with serve(tmp_path_factory.mktemp("stuck"), stuck_judge, reward=PATIENT_REWARD) as served:
        yield served
