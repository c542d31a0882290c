"""Groups and rollouts of a simulated run in a real browser: hostile ones, too."""

import re
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright")

from tests.browser.seeing import Scheme, Seen, seen
from tests.simulated_run import Truth

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

READABLE = 4.5
"""WCAG 2 AA for text."""
LONGEST_S = 2.0
Simulated = tuple["Path", Truth]


@pytest.fixture(scope="module")
def pages(chromium: "Browser", dashboard: str, simulated_store: Simulated) -> dict[str, str]:
    """An address for each kind of page; of the step with hostile rollouts."""
    truth = simulated_store[1]
    listed = f"{dashboard}/rollouts?run={truth.collapsing}&step={truth.hostile_step}&sort=words"
    with seen(chromium, listed) as found:
        rows = found.page.locator("tr[data-row]")
        kinds = {kind: rows.filter(has_text=f"hostile/{kind}/") for kind in truth.hostile}
        numbers = {kind: row.locator("a").first.get_attribute("href") for kind, row in kinds.items()}
        group = kinds["markup"].locator("a").nth(1).get_attribute("href")
        usual = rows.filter(has_not_text="hostile").locator("a").first.get_attribute("href")
    return {
        "groups": f"{dashboard}/groups?run={truth.collapsing}&step={truth.hostile_step}",
        "dead": f"{dashboard}/groups?run={truth.collapsing}&dead=any",
        "rollouts": listed,
        "group": f"{dashboard}{group}",
        "rollout": f"{dashboard}{usual}",
        **{kind: f"{dashboard}{number}" for kind, number in numbers.items()},
    }


EVERY = [
    "groups",
    "dead",
    "rollouts",
    "group",
    "rollout",
    "markup",
    "handlers",
    "bidi",
    "escapes",
    "no-unicode",
]
EVERY += ["cells", "long-line", "too-long"]


def unfold(found: Seen) -> None:
    found.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_and_nothing_is_obeyed(
    chromium: "Browser", dashboard: str, pages: dict[str, str], kind: str, scheme: Scheme
) -> None:
    with seen(chromium, pages[kind], scheme) as found:
        unfold(found)
        assert [each for each in found.contrasts() if each["ratio"] < READABLE] == []
        assert found.complaints == []
        assert found.page.evaluate("window.hostile") is None
        assert {each for each in found.requests if not each.startswith((f"{dashboard}/", "data:,"))} == set()
        assert re.match("Rollout|Group", found.page.inner_text("h1"))


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("width", [1280, 480])
def test_it_fits_its_window(chromium: "Browser", pages: dict[str, str], kind: str, width: int) -> None:
    with seen(chromium, pages[kind], width=width) as found:
        unfold(found)
        assert found.overflow == 0


def test_writing_is_not_turned_round(chromium: "Browser", pages: dict[str, str]) -> None:
    with seen(chromium, pages["bidi"]) as found:
        text = found.page.locator(".completion .text").first.inner_text()
        assert "\u27e8U+202E\u27e9)b(2 eht fo dne\u27e8U+202C\u27e9" in text
        assert re.search("[\u202a-\u202e\u2066-\u2069\u200b\u2028]", found.page.inner_text("body")) is None
        names = found.page.locator(".unseen")
        assert names.count() > 8
        box = names.first.bounding_box()
        assert box is not None
        assert box["width"] > 20


def test_all_of_a_long_line_is_shown_when_asked_for(chromium: "Browser", pages: dict[str, str]) -> None:
    with seen(chromium, pages["long-line"]) as found:
        assert len(found.page.locator(".completion .text").first.inner_text()) < 7_000
        found.page.locator(".completion").get_by_text("show all").click()
        found.page.wait_for_url("**all=true")
        assert len(found.page.locator(".completion .text").first.inner_text()) > 990_000
        assert found.overflow == 0


def test_quotes_are_painted(chromium: "Browser", pages: dict[str, str]) -> None:
    with seen(chromium, pages["rollout"]) as found:
        mark = "(() => { const m = document.createElement('mark'); document.querySelector('.text').append(m);"
        colours = found.page.evaluate(
            f"{mark} return [m, m.parentElement].map((e) => getComputedStyle(e).backgroundColor); }})()"
        )
        assert len(set(colours)) == 2


def test_filters_by_form_and_by_url(chromium: "Browser", dashboard: str, simulated_store: Simulated) -> None:
    truth = simulated_store[1]
    down = truth.outage[0]
    with seen(chromium, f"{dashboard}/rollouts?run={truth.collapsing}") as found:
        page = found.page
        page.fill("input[name=first]", str(down))
        page.fill("input[name=last]", str(down))
        page.select_option("select[name=cause]", "judge_unreachable")
        page.click("main button[type=submit]")
        page.wait_for_url("**cause=judge_unreachable**")
        rows = page.locator("tr[data-row]")
        assert rows.count() == truth.unscored[truth.collapsing][down]["judge_unreachable"]
        assert page.locator("tr[data-row] code").first.inner_text() == "judge_unreachable"
        assert page.input_value("input[name=first]") == str(down)
        again = page.url
    with seen(chromium, again, script=False) as found:
        assert found.page.locator("tr[data-row]").count() == rows_of(truth, down)


def rows_of(truth: Truth, step: int) -> int:
    return truth.unscored[truth.collapsing][step]["judge_unreachable"]


def test_a_heading_sorts(chromium: "Browser", dashboard: str) -> None:
    with seen(chromium, f"{dashboard}/rollouts") as found:
        page = found.page
        page.click("thead >> text=words")
        page.wait_for_url("**sort=words**")
        counts = [
            int(each.replace(",", ""))
            for each in page.locator("tr[data-row] td:nth-last-child(3)").all_inner_texts()
        ]
        assert counts == sorted(counts, reverse=True)
        page.click("thead >> text=words")
        page.wait_for_url("**ascending=true**")
        assert page.locator("th[aria-sort=ascending]").inner_text().startswith("words")


def test_by_keyboard_from_the_list_into_a_rollout_and_its_group(chromium: "Browser", dashboard: str) -> None:
    with seen(chromium, f"{dashboard}/groups") as found:
        page = found.page
        page.keyboard.press("j")
        page.keyboard.press("j")
        name = page.locator("tr.at a").inner_text()
        page.keyboard.press("Enter")
        page.wait_for_url("**/group?**")
        assert name in page.inner_text("h1")
        page.locator(".compare thead a").nth(1).click()
        page.wait_for_url("**/rollouts/*")
        assert "2 of" in page.inner_text(".siblings")
        page.keyboard.press("n")
        page.wait_for_function("document.querySelector('.siblings small').textContent.startsWith('3 of')")
        page.keyboard.press("p")
        page.wait_for_function("document.querySelector('.siblings small').textContent.startsWith('2 of')")
        page.keyboard.press("u")
        page.wait_for_url("**/group?**")
        page.keyboard.press("u")
        page.wait_for_url("**/groups?**")


def test_pages_go_on_and_back(chromium: "Browser", dashboard: str) -> None:
    with seen(chromium, f"{dashboard}/rollouts") as found:
        page = found.page
        first = page.locator("tr[data-row] a").first.inner_text()
        page.keyboard.press("n")
        page.wait_for_url("**after=**")
        assert page.locator("tr[data-row] a").first.inner_text() != first
        page.keyboard.press("p")
        page.wait_for_function("!location.search.includes('after')")
        assert page.locator("tr[data-row] a").first.inner_text() == first


def test_what_can_be_copied_is_copied(chromium: "Browser", pages: dict[str, str]) -> None:
    with seen(chromium, pages["rollout"]) as found:
        page = found.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("summary", has_text="As curl").click()
        page.locator("details[open] button").click()
        page.wait_for_function("document.querySelector('details[open] button').textContent === 'copied'")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("details[open] pre").text_content()
        assert copied.startswith("curl -sS ")
        assert copied.endswith("\nGAVEL\n")


def test_a_group_stands_in_columns_where_there_is_room(chromium: "Browser", pages: dict[str, str]) -> None:
    def tops(width: int) -> set[float]:
        with seen(chromium, pages["group"], width=width) as found:
            boxes = [each.bounding_box() for each in found.page.locator(".column").all()]
            return {box["y"] for box in boxes if box is not None}

    assert len(tops(1280)) == 1
    assert len(tops(480)) == 8


def test_without_script_texts_fold_out(chromium: "Browser", pages: dict[str, str]) -> None:
    with seen(chromium, pages["rollout"], script=False) as found:
        found.page.locator("summary", has_text="As a golden test").click()
        assert found.page.locator("details[open] pre").inner_text().startswith("# What the judge found.")
