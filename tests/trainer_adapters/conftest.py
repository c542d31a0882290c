"""What every test of the adapters gets: shared clients of its own, so that one's outage is not another's."""

from collections.abc import Iterator

import pytest

from trainer_adapters.client import gavel


@pytest.fixture(autouse=True)
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    registry = gavel._Shared()
    monkeypatch.setattr(gavel, "_shared", registry)
    yield
    for each in registry.clients.values():
        each.close()
