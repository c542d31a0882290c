"""What every test gets: a verdict cache of its own, so that no test answers another's questions, and no store."""

from itertools import count
from pathlib import Path

import pytest

_NUMBERS = count()


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(autouse=True)
def verdict_cache(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_CACHE_DIR", str(caches / str(next(_NUMBERS))))


@pytest.fixture(autouse=True)
def rollout_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_STORE", "none")
