"""The dashboard's pages of a run of 300 steps in a real browser: they paint, fit, and can be read."""

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright")

from reward_server.dashboard.mail import mail_report
from reward_server.dashboard.sources import Sources
from reward_server.store.reading import Store
from tests.browser.seeing import Place, Scheme, Seen, seen
from tests.simulated_run import Truth

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]  # the first one makes the run

READABLE = 4.5
"""WCAG 2 AA for text."""
PAINTED = 200
"""Pixels of a line; one that is as long as its chart has many hundreds."""
CHARTS = {"/": 7, "/judge": 6, "/rubric": 2, "/reports": 0}
EVERY = list(CHARTS)
DRAWN = [path for path, charts in CHARTS.items() if charts]
Simulated = tuple[Path, Truth]


@pytest.fixture(scope="module")
def mailed(simulated_store: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run as one file."""
    store = Store(simulated_store[0])
    path = tmp_path_factory.mktemp("mailed") / "report.html"
    sources = Sources(store)
    path.write_text(mail_report(sources, sources.run(None)), encoding="utf-8", errors="replace")
    store.close()
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", DRAWN)
def test_every_chart_is_painted(chromium: "Browser", dashboard: str, path: str, scheme: Scheme) -> None:
    with seen(chromium, dashboard + path, scheme) as found:
        drawn = found.drawn()
        assert len(drawn) == CHARTS[path]
        assert {name: pixels for name, pixels in drawn.items() if pixels < PAINTED} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", EVERY)
def test_every_text_can_be_read_and_nobody_else_is_asked(
    chromium: "Browser", dashboard: str, path: str, scheme: Scheme
) -> None:
    with seen(chromium, dashboard + path, scheme) as found:
        unfold(found)
        contrasts = found.contrasts()
        assert len(contrasts) > 10
        assert [each for each in contrasts if each["ratio"] < READABLE] == []
        assert found.complaints == []
        assert {each for each in found.requests if not each.startswith((f"{dashboard}/", "data:,"))} == set()


@pytest.mark.parametrize("width", [1280, 480])
@pytest.mark.parametrize("path", EVERY)
def test_it_fits_its_window(chromium: "Browser", dashboard: str, path: str, width: int) -> None:
    with seen(chromium, dashboard + path, width=width) as found:
        unfold(found)
        fits(found, width)


def unfold(found: Seen) -> None:
    found.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def fits(found: Seen, width: int) -> None:
    assert found.overflow == 0
    for name, (box, *texts) in found.pictures():
        if not name:  # the bars of components, which have no texts
            continue
        assert box["right"] - box["left"] > 200, name
        assert box["right"] <= width, name
        crossing = [(a["text"], b["text"]) for a, b in combinations(texts, 2) if _cross(a, b)]
        assert crossing == [], name


def _cross(one: Place, other: Place) -> bool:
    """Whether they run into each other by more than the air around letters."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    return across > 1 and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 4


def test_the_alarms_of_the_run_are_told_and_mark_their_charts(
    chromium: "Browser", dashboard: str, simulated_store: Simulated
) -> None:
    truth = simulated_store[1]
    with seen(chromium, f"{dashboard}/?run={truth.collapsing}") as found:
        page = found.page
        assert page.inner_text("#alarms h2") == "No alarm is raised."
        page.click("#alarms summary")
        told = page.locator("#alarms tbody tr").all_inner_texts()
        assert any(each.startswith("length_collapse") for each in told)
        assert any(each.startswith("unscored_fraction: judge_unreachable") for each in told)
        chart = page.locator("figure", has_text="Length of the reasoning")
        span = chart.locator("rect.span").bounding_box()
        box = chart.locator("svg").bounding_box()
        assert span is not None
        assert box is not None
        # the box of a chart starts at 72 of 560, and ends at 542
        first, last = (
            (edge - box["x"]) / box["width"] * 560 for edge in (span["x"], span["x"] + span["width"])
        )
        start, end = ((each - 72) / (542 - 72) * (truth.steps - 1) for each in (first, last))
        assert truth.collapse < start < truth.bottom
        assert truth.mended < end < truth.recovered + 5
        link = page.locator("#alarms a").first
        href = link.get_attribute("href")
        link.click()
        page.wait_for_url(f"{dashboard}{href}")
        assert "Rollout" in page.inner_text("h1")


def test_the_healthy_run_has_none(chromium: "Browser", dashboard: str, simulated_store: Simulated) -> None:
    with seen(chromium, f"{dashboard}/?run={simulated_store[1].healthy}") as found:
        assert found.page.inner_text("#alarms") == "No alarm is raised."
        assert found.page.locator("rect.span").count() == 0


@pytest.mark.parametrize("path", DRAWN)
def test_without_script_the_same_is_painted(chromium: "Browser", dashboard: str, path: str) -> None:
    with seen(chromium, dashboard + path, script=False) as found:
        assert found.page.locator("figure svg").count() == CHARTS[path]
        assert found.page.locator("figure svg path.line").count() >= CHARTS[path]
        found.page.select_option("select[name=run]", index=1)
        found.page.click("text=show")
        found.page.wait_for_url(f"{dashboard}{path}?run=*")
        assert found.page.locator("select[name=run] option[selected]").get_attribute("value") == "1"


def test_the_mailed_report_is_one_file_that_can_be_read(chromium: "Browser", mailed: Path) -> None:
    assert mailed.stat().st_size < 1_000_000
    for scheme in ("light", "dark"):
        with seen(chromium, mailed, scheme) as found:
            unfold(found)
            assert found.page.locator("figure svg").count() == sum(CHARTS.values())
            assert found.page.locator("article.brief").count() > 10
            assert [each for each in found.contrasts() if each["ratio"] < READABLE] == []
            assert found.requests == [mailed.as_uri()]
            assert found.complaints == []
            assert found.page.evaluate("window.hostile") is None


def test_every_chart_of_the_mailed_report_is_painted(chromium: "Browser", mailed: Path) -> None:
    with seen(chromium, mailed) as found:
        charts = [name for name, _ in found.pictures() if name]
        drawn = found.drawn()
        assert len(charts) == sum(CHARTS.values())
        assert {name for name in charts if drawn[name] < PAINTED} == set()


@pytest.mark.parametrize("width", [1280, 480])
def test_the_mailed_report_fits_its_window(chromium: "Browser", mailed: Path, width: int) -> None:
    with seen(chromium, mailed, width=width) as found:
        unfold(found)
        fits(found, width)


def test_the_mailed_report_leads_to_its_own_rollouts(chromium: "Browser", mailed: Path) -> None:
    with seen(chromium, mailed) as found:
        found.page.click("#alarms summary")
        link = found.page.locator("#alarms a").first
        target = link.get_attribute("href")
        assert target is not None
        link.click()
        assert found.page.locator(target).bounding_box()["y"] < 900
        assert found.requests == [mailed.as_uri()]
