"""What every test gets: a verdict cache of its own, so none answers another's questions, and no store."""

import gc
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.quiet import Quiet

_NUMBERS = count()
_QUIET = pytest.StashKey[Quiet]()


def pytest_configure(config: pytest.Config) -> None:
    """In a worker of pytest-xdist, find the folder that it shares with the others."""
    if hasattr(config, "workerinput"):
        config.stash[_QUIET] = Quiet(Path(config.option.basetemp).parent)


def pytest_collection_finish() -> None:
    """Thousands of collected tests are there to stay: no collection of garbage need look through them."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Tests that are marked `quiet` run while no other does."""
    quiet = item.config.stash.get(_QUIET, None)
    if quiet is None:
        return (yield)
    with quiet.alone() if item.get_closest_marker("quiet") else quiet.shared():
        return (yield)


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(autouse=True)
def verdict_cache(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_CACHE_DIR", str(caches / str(next(_NUMBERS))))


@pytest.fixture(scope="session", autouse=True)
def rollout_store() -> Iterator[None]:
    """None, for servers that several tests share, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAVEL_STORE", "none")
        yield
