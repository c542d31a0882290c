"""A policy for every test here; logs of the trainer's that are as quiet as they can be."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trainers.trl.serving import root_url, serve


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.trainers.tiny_policy import make

    folder = tmp_path_factory.mktemp("policy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch and transformers about each other
        make(folder)
    return folder


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with serve(tmp_path) as server:
        yield root_url(server)
