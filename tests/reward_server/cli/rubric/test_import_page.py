"""The examples on the pages of `gavel rubric import` and `weights` are what these commands print."""

import shlex
from pathlib import Path

import pytest

from tests.pages import fences
from tests.processes import ROOT
from tests.reward_server.cli.running import Gavel


def test_the_example_is_what_is_written(
    gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = "docs/rubric-import.md"
    (source,), (written,), (printed,) = (fences(page, language) for language in ("json", "yaml", "console"))
    Path("support.json").write_text(source, encoding="utf-8")
    done = gavel("rubric", "import", "support.json", "-o", "support.yaml")
    assert (done.code, done.err) == (0, printed)
    assert Path("support.yaml").read_text(encoding="utf-8") == written


def test_the_table_is_what_is_printed(gavel: Gavel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "examples" / "moderation")
    (example,) = fences("docs/rubric-weights.md", "console")
    command, _, printed = example.partition("\n")
    done = gavel(*shlex.split(command)[2:])
    assert (done.code, done.out, done.err) == (0, printed, "")
