"""The frame of every page: where it leads, its keys, and how many alarms it tells of."""

import re
from pathlib import Path

from reward_server.dashboard.page import PageError
from reward_server.dashboard.rendering import html
from reward_server.dashboard.shell import POLICY, STYLES, problem, shell
from reward_server.dashboard.tabs import PAGES
from tests.reward_server.dashboard.filling import alarm, raise_alarms, sources, step
from tests.reward_server.storing import stored

ASSETS = Path(__file__).parents[3] / "reward_server" / "dashboard" / "assets"
OVERVIEW = PAGES[0]


def test_no_two_pages_have_the_same_key() -> None:
    keys = [page.key for page in PAGES if page.tab]
    assert len(set(keys)) == len(keys)
    text = shell(None, PAGES, [])
    assert re.findall(r'data-key="(.)"', text) == keys
    for page in PAGES:
        if page.tab:
            assert f"<dt>g {page.key}</dt><dd>{page.title}</dd>" in text


def test_no_two_pages_have_the_same_address() -> None:
    assert len({page.path for page in PAGES} | {page.twin for page in PAGES}) == 2 * len(PAGES)


def test_every_style_sheet_is_there_and_is_used() -> None:
    assert {path.name for path in ASSETS.glob("*.css")} | {"report.css"} == set(STYLES)


def test_nothing_of_the_assets_needs_what_the_policy_forbids() -> None:
    assert "unsafe" not in POLICY
    for path in ASSETS.iterdir():
        text = path.read_text(encoding="utf-8")
        for forbidden in (
            "://",
            "eval(",
            "innerHTML = ",
            "document.write",
            'setAttribute("style"',
            "@import",
        ):
            assert forbidden not in text, (path.name, forbidden)


def test_raised_alarms_are_counted_in_the_title_and_beside_the_tab(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, step("r", 0, (1.0, 0.0)), step("quiet", 0, (1.0, 0.0)))
    raise_alarms(path, alarm(), alarm("dead_groups", subject="wrong"), alarm("component_flat", until=4))
    with sources(path) as found:
        for page in (each for each in PAGES if each.path in ("/", "/judge", "/rubric", "/reports")):
            raised, quiet = (html(page, found, {"run": run}).content.decode() for run in ("r", "quiet"))
            assert f"<title>(2) {page.title}" in raised
            assert '<span class="raised" title="2 alarms are raised"' in raised
            assert f"<title>{page.title}" in quiet
            assert 'class="raised"' not in quiet


def test_a_page_that_shows_a_problem_tells_it_as_text() -> None:
    text = problem(PageError("<b>no</b>", "try <i>this</i>"), PAGES)
    assert "&lt;b&gt;no&lt;/b&gt;" in text
    assert "&lt;i&gt;" in text
