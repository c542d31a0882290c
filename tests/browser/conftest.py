"""A real Chromium, driven by Playwright out of `.venv-browser` (tests/environments/browser.sh)."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.dashboard import COLLAPSE, served
from tests.simulated_run import Truth, simulated

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = os.environ.get("GAVEL_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def simulated_store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """300 steps with an outage, hostile completions and a collapse; made once, for about a minute."""
    path = tmp_path_factory.mktemp("simulated") / "run.sqlite3"
    return path, simulated(path, 300, groups=4, rollouts=6)


@pytest.fixture(scope="session")
def dashboard(simulated_store: tuple[Path, Truth]) -> Iterator[str]:
    """The address of a server of that store, without a `/` at its end."""
    with served(COLLAPSE, simulated_store[0]) as url:
        yield url
