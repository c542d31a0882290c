"""What every test of the adapters gets: shared clients of its own, so that one's outage is not another's."""

from collections.abc import Iterator

import pytest

from trainer_adapters import client


@pytest.fixture(autouse=True)
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    registry = client._Shared()
    monkeypatch.setattr(client, "_shared", registry)
    yield
    for gavel in registry.clients.values():
        gavel.close()
