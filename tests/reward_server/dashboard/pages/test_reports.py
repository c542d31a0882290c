"""The list of kept reports, and what is kept of a hostile one."""

from pathlib import Path

import pytest

from reward_server.dashboard.pages import reports
from reward_server.dashboard.pages.reports import Query
from reward_server.report.markup import joined
from reward_server.store.database import StoreError
from reward_server.store.reports import keep_report, report, report_page
from tests.reward_server.dashboard.filling import HOSTILE, inert, sources, step
from tests.reward_server.storing import opened, stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "s"
    stored(file, step("r", 0, (1.0, 0.0)))
    return file


def test_none_says_how_to_have_some(path: Path) -> None:
    with sources(path) as found:
        assert "gavel loadtest" in joined(reports.body(reports.view(found, Query()), Query()))


def test_they_are_listed_the_newest_first_and_open(path: Path) -> None:
    first = keep_report(path, "loadtest", "judge at http://x", b'{"a": 1}', "<!doctype html>one")
    second = keep_report(path, "calibration", HOSTILE, b"{}", "<!doctype html>\ud800")
    with sources(path) as found:
        shown = reports.view(found, Query())
        text = inert(reports.body(shown, Query()))
    assert [each.number for each in shown.reports] == [second, first]
    assert [each.kind for each in shown.reports] == ["calibration", "loadtest"]
    for number in (first, second):
        assert f'href="/reports/{number}/page"' in text
    with opened(path) as store:
        assert report_page(store, first) == b"<!doctype html>one"
        assert report_page(store, second) == b"<!doctype html>?"
        assert bytes(report(store, first)[1]) == b'{"a": 1}'
        with pytest.raises(StoreError, match="there is no report 99"):
            report_page(store, 99)
