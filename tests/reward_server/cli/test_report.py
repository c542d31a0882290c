"""`gavel report`: a run as one file."""

from pathlib import Path

import pytest

from reward_server.cli import exits
from tests.reward_server.cli.running import Gavel
from tests.reward_server.dashboard.filling import HOSTILE, step
from tests.reward_server.storing import stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "s"
    stored(file, step("first", 0, (1.0, 0.0)), step(HOSTILE, 0, (1.0, 0.0), (0.0, 0.0)))
    return file


def test_it_writes_the_run_that_is_named(gavel: Gavel, path: Path, tmp_path: Path) -> None:
    out = tmp_path / "first.html"
    done = gavel("report", "first", "--store", path, "--out", out)
    assert (done.code, done.err) == (0, "")
    text = out.read_text(encoding="utf-8")
    assert done.out == f"{out}: {len(text.encode()):,} bytes\n"
    assert "<h1>first</h1>" in text


def test_without_a_name_it_writes_the_newest_into_this_directory(
    gavel: Gavel, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAVEL_STORE", str(path))
    monkeypatch.chdir(tmp_path)
    assert gavel("report").code == 0
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "alert(1)" in text
    assert "<script" not in text


def test_what_is_not_there_is_told(gavel: Gavel, path: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.html"
    unknown = gavel("report", "nobody", "--store", path, "-o", out)
    assert unknown.code == exits.USAGE
    assert "nobody" in unknown.err
    missing = gavel("report", "--store", tmp_path / "missing", "-o", out)
    assert missing.code == exits.RUNTIME
    nowhere = gavel("report", "first", "--store", path, "-o", tmp_path / "no" / "x.html")
    assert nowhere.code == exits.RUNTIME
    assert not out.exists()
