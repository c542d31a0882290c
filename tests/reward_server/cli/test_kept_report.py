"""Reports of load tests and calibrations are kept for the dashboard, where there is a store."""

import json
import sqlite3
from pathlib import Path

import pytest

from reward_server.cli.kept_report import keep
from reward_server.dashboard.pages import reports as page
from reward_server.report.markup import joined
from reward_server.store.reports import report, report_page, reports
from tests.processes import start_sim
from tests.reward_server.cli.running import Gavel
from tests.reward_server.dashboard.filling import sources
from tests.reward_server.storing import opened

RUBRIC = "schema: rubric/v1\nid: kind\ncriteria:\n- {id: kind, ask: It is kind.}\n"
VERDICTS = (
    '{"id": "%d", "group": "g%d", "reward": 1.0, '
    '"verdicts": [{"criterion": "kind", "choice": "met", "probability": 0.%d}]}'
)
LABELS = '{"id": "%d", "rater": "ann", "labels": {"kind": %s}}'


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "rollouts.sqlite3"
    monkeypatch.setenv("GAVEL_STORE", str(path))
    return path


@pytest.fixture
def calibrated(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Eight verdicts, their labels and the rubric."""
    files = {
        "verdicts.jsonl": [VERDICTS % (n, n // 2, 9 - n) for n in range(8)],
        "labels.jsonl": [LABELS % (n, str(n < 4).lower()) for n in range(8)],
        "rubric.yaml": [RUBRIC],
    }
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    verdicts, labels, rubric = (tmp_path / name for name in files)
    return verdicts, labels, rubric


def calibrate(gavel: Gavel, files: tuple[Path, Path, Path]) -> tuple[int, str]:
    verdicts, labels, rubric = files
    done = gavel("rubric", "calibrate", verdicts, "--labels", labels, "--rubric", rubric, "--resamples", 100)
    return done.code, done.err


def test_a_calibration_is_kept_as_the_page_that_it_is(
    gavel: Gavel, store: Path, calibrated: tuple[Path, Path, Path]
) -> None:
    code, err = calibrate(gavel, calibrated)
    assert (code, err.strip()) == (0, "kept for the dashboard of `gavel serve`: /reports/1/page")
    with opened(store) as found:
        (saved,) = reports(found)
        assert (saved.kind, saved.title) == ("calibration", "verdicts.jsonl by labels.jsonl")
        assert report_page(found, 1).startswith(b"<!doctype html>")
        assert "criteria" in json.loads(bytes(report(found, 1)[1]))
    with sources(store) as read:
        assert 'href="/reports/1/page"' in joined(page.body(page.view(read, page.Query()), page.Query()))


def test_a_load_test_is_kept(gavel: Gavel, store: Path, tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    brief = (
        "--tokens",
        "5,5,5",
        "--group-size",
        "2",
        "--warmup",
        "0s",
        "--seconds",
        "200ms",
        "--closed",
        "1",
    )
    with start_sim("--ttft", "0.005") as judge:
        done = gavel("loadtest", "judge", judge.base_url, "--rubric", tmp_path / "rubric.yaml", *brief)
    assert done.code == 0, done.err
    assert "/reports/1/page" in done.err
    with opened(store) as found:
        (saved,) = reports(found)
        assert (saved.kind, saved.title) == ("loadtest", f"judge {judge.base_url}")
        assert b"<script" not in report_page(found, 1)


def test_a_store_that_cannot_be_written_is_told_of_and_nothing_else(
    gavel: Gavel, store: Path, calibrated: tuple[Path, Path, Path]
) -> None:
    with sqlite3.connect(store) as other:
        other.execute("CREATE TABLE something_else (x)")
    code, err = calibrate(gavel, calibrated)
    assert code == 0
    assert err.strip().startswith("the dashboard will not show this report: ")
    assert str(store) in err


def test_without_a_store_nothing_is_made(
    gavel: Gavel, calibrated: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAVEL_STORE", "none")
    assert calibrate(gavel, calibrated) == (0, "")

    def page() -> str:
        raise AssertionError("nobody asked for it")

    keep("loadtest", "judge", b"{}", page)
