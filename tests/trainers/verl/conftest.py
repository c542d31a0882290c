"""A tokenizer made on the spot and a real `gavel serve`; `make test-trainers` runs what is here."""

import importlib.util
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.processes import ROOT, ServerProcess, start_server

collect_ignore_glob = []
if importlib.util.find_spec("verl") is None:
    collect_ignore_glob = ["test_*.py"]  # other environments have none of what the tests import
else:
    with warnings.catch_warnings(action="ignore"):  # Ray's and verl's own, at their first import
        import verl.experimental.reward_loop  # noqa: F401

GAVEL = os.environ.get("GAVEL", str(ROOT / ".venv" / "bin" / "gavel"))
SERVED = Path(__file__).parent / "served"

Serve = Callable[..., AbstractContextManager[ServerProcess]]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tokenizer, which is all that a reward loop takes of a model."""
    from tests.trainers.tiny_policy import make_tokenizer

    folder = tmp_path_factory.mktemp("model")
    make_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Start a server of the three reward files, on a free port or a given one."""
    files = [str(SERVED / name) for name in ("plain.yaml", "relative.yaml", "renormalised.yaml")]
    return lambda port=0: start_server(GAVEL, "serve", *files, "--port", str(port), "--log-level", "error")


@pytest.fixture(scope="session")
def server(serve: Serve) -> Iterator[str]:
    """The URL of one server for all tests that do not harm it."""
    with serve() as process:
        yield process.root_url
