"""A server for recorded requests: three components that need no judge, worth 1/2, 1/4 and 1/4."""

from collections.abc import Iterator

import pytest

from tests.reward_server.http.serving import Served, serve


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("contracts")) as server:
        yield server
