"""The examples on the pages of `gavel rubric render` and `cost` are what these commands print."""

import shlex

import pytest

from tests.pages import fences
from tests.processes import ROOT
from tests.reward_server.cli.running import Gavel


@pytest.mark.parametrize("page", ["docs/rubric-render.md", "docs/rubric-cost.md"])
def test_the_example_is_what_is_printed(gavel: Gavel, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "reward_server" / "starter")
    (example,) = fences(page, "console")
    command, *shown = example.splitlines()
    printed = iter([line.rstrip() for line in gavel(*shlex.split(command)[2:]).out.splitlines()])
    for line in shown:
        if line not in ("...", ""):
            assert line in printed  # an iterator: in this order
