"""What scripts add to the dashboard: values under the pointer, the keyboard, following a run that goes on."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright")

from reward_server.dashboard.tabs import PAGES
from reward_server.store.reports import keep_report
from tests.browser.dashboard import SHORT, score, served
from tests.browser.seeing import Scheme, Seen, seen
from tests.reward_server.dashboard.filling import alarm, raise_alarms
from tests.simulated_run import Truth

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]  # the first one makes the run

HOSTILE_RUN = "</option></select><script>window.hostile=1</script>\u202e<img src=x onerror=window.hostile=1>"
READABLE = 4.5
"""WCAG 2 AA for text."""
STEPS = (10, 11, 12)
OLDER = 5
"""The server itself looks for alarms from the first step on, and leaves alone what is older."""
TABS = [page for page in PAGES if page.tab]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "rollouts.sqlite3"


@pytest.fixture
def little(tmp_path: Path, store: Path) -> Iterator[str]:
    """A server without a judge that has scored three steps of a run with a hostile name."""
    reward = tmp_path / "reward.yaml"
    reward.write_text(SHORT, encoding="utf-8")
    with served(reward, store) as url:
        for step in STEPS:
            score(url, HOSTILE_RUN, step, ["one two three", "one", "one one one one one one"])
        yield url


def test_the_values_under_the_pointer_are_those_of_the_step(
    chromium: "Browser", dashboard: str, simulated_store: tuple[Path, Truth]
) -> None:
    truth = simulated_store[1]
    with seen(chromium, f"{dashboard}/?run={truth.collapsing}") as found:
        known = found.page.request.get(f"{dashboard}/overview.json?run={truth.collapsing}").json()
        plot = found.page.locator("figure", has_text="Length of the reasoning").locator(".plot")
        plot.scroll_into_view_if_needed()
        box = plot.locator("svg").bounding_box()
        assert box is not None
        for step in (0, 150, truth.steps - 1):
            across = box["x"] + box["width"] * (72 + (542 - 72) * step / (truth.steps - 1)) / 560
            found.page.mouse.move(across, box["y"] + box["height"] / 3)
            readout = plot.locator(".readout")
            assert readout.is_visible()
            words = known["curves"]["words"]
            assert readout.inner_text().splitlines() == [
                f"step {step}",
                f"p50 {words['p50'][step][1]:g}",
                f"p95 {words['p95'][step][1]:g}",
            ]
            place = readout.bounding_box()
            assert place is not None
            assert box["x"] <= place["x"] <= place["x"] + place["width"] <= box["x"] + box["width"]
        found.page.mouse.move(2, 2)
        assert not readout.is_visible()


def test_choosing_a_run_shows_it_and_other_pages_keep_it(
    chromium: "Browser", dashboard: str, simulated_store: tuple[Path, Truth]
) -> None:
    truth = simulated_store[1]
    with seen(chromium, dashboard) as found:
        assert truth.collapsing in found.page.inner_text("h1")
        found.page.select_option("select[name=run]", index=1)
        found.page.wait_for_url("**/?run=1")
        assert truth.healthy in found.page.inner_text("h1")
        found.page.click("nav >> text=Judge")
        found.page.wait_for_url("**/judge?run=1")
        assert truth.healthy in found.page.inner_text("h1")
        found.page.go_back()
        assert truth.healthy in found.page.inner_text("h1")
        assert found.complaints == []


def test_g_and_a_letter_go_to_every_page(chromium: "Browser", dashboard: str) -> None:
    with seen(chromium, dashboard) as found:
        for page in reversed(TABS):
            found.page.keyboard.press("g")
            found.page.keyboard.press(page.key)
            found.page.wait_for_url(f"{dashboard}{page.path}")
            assert found.page.title().endswith(f"{page.title} \u00b7 Gavel")
        assert found.complaints == []


def test_a_question_mark_shows_the_keys_and_escape_hides_them(chromium: "Browser", dashboard: str) -> None:
    with seen(chromium, dashboard) as found:
        found.page.keyboard.press("?")
        assert found.page.locator("#help").is_visible()
        shown = found.page.inner_text("#help")
        for page in TABS:
            assert re.search(rf"g {page.key}\s+{page.title}", shown)
        found.page.keyboard.press("Escape")
        assert not found.page.locator("#help").is_visible()


def test_rows_are_walked_and_opened_by_keys(chromium: "Browser", little: str, store: Path) -> None:
    for number in range(3):
        keep_report(store, "loadtest", f"report {number}", b"{}", f"<!doctype html><h1>report {number}</h1>")
    with seen(chromium, f"{little}/reports") as found:
        keys = found.page.keyboard
        for pressed, row in (("j", 0), ("j", 1), ("k", 0), ("k", 0), ("j", 1)):
            keys.press(pressed)
            rows = found.page.locator("tr[data-row]")
            assert [
                place for place in range(3) if "at" in (rows.nth(place).get_attribute("class") or "")
            ] == [row]
        keys.press("Enter")
        found.page.wait_for_url("**/reports/2/page")
        assert found.page.inner_text("h1") == "report 1"


def test_typing_in_a_field_is_no_command(chromium: "Browser", dashboard: str) -> None:
    with seen(chromium, f"{dashboard}/judge") as found:
        found.page.fill("input[name=price_in]", "")
        found.page.type("input[name=price_in]", "g")
        found.page.type("input[name=price_in]", "o1?")
        assert found.page.url == f"{dashboard}/judge"
        assert found.page.input_value("input[name=price_in]") == "go1?"
        assert not found.page.locator("#help").is_visible()


def test_prices_are_counted_by_the_form(chromium: "Browser", dashboard: str) -> None:
    with seen(chromium, f"{dashboard}/judge") as found:
        for name, price in (("price_in", "2"), ("price_cached", "0.5"), ("price_out", "8")):
            found.page.fill(f"input[name={name}]", price)
        found.page.click("text=count")
        found.page.wait_for_url("**price_out=8")
        told = found.page.request.get(found.page.url.replace("/judge?", "/judge.json?")).json()["totals"]
        fresh = told["prompt_tokens"] - told["cached_tokens"]
        money = (2 * fresh + 0.5 * told["cached_tokens"] + 8 * told["completion_tokens"]) / 1e6
        assert told["money"] == pytest.approx(money)
        assert (
            f"{money:.3g}".rstrip("0") in found.page.locator("table", has_text="the whole run").inner_text()
        )


def test_a_new_step_and_a_new_alarm_appear_without_a_reload(
    chromium: "Browser", little: str, store: Path
) -> None:
    with seen(chromium, "about:blank") as found:
        page = found.page
        page.clock.install()
        page.goto(little)
        page.evaluate("window.before = true")
        assert "(9 rollouts, 3 steps)" in page.locator("select[name=run] option[selected]").inner_text()
        score(little, HOSTILE_RUN, 13, ["one two three", "two"])
        raise_alarms(store, alarm(since=OLDER, last=12))
        follow(found)
        page.wait_for_selector("text=1 alarm is raised")
        assert "(11 rollouts, 4 steps)" in page.locator("select[name=run] option[selected]").inner_text()
        assert page.evaluate("window.before")
        assert page.title().startswith("(1) Overview")
        assert page.inner_text("nav .raised") == "1"
        page.locator("figure", has_text="Mean of each component").locator("svg").hover()
        assert page.locator(".readout:not([hidden])").count() == 1
        assert [each for each in found.complaints if "about:blank" not in each] == []


def test_a_page_that_has_not_changed_is_left_alone(chromium: "Browser", little: str) -> None:
    with seen(chromium, "about:blank") as found:
        page = found.page
        page.clock.install()
        page.goto(little)
        page.evaluate("document.querySelector('main h1').mine = true")
        for _ in range(2):
            with page.expect_response(f"{little}/"):
                follow(found)
        assert page.evaluate("document.querySelector('main h1').mine")


def test_what_somebody_has_unfolded_stays_so(chromium: "Browser", little: str, store: Path) -> None:
    raise_alarms(store, alarm(since=OLDER, last=11, until=12))
    with seen(chromium, "about:blank") as found:
        page = found.page
        page.clock.install()
        page.goto(little)
        page.evaluate("document.querySelector('#alarms details').open = true")
        score(little, HOSTILE_RUN, 13, ["one two three", "two"])
        follow(found)
        page.wait_for_selector("text=11 rollouts", state="attached")
        assert page.evaluate("document.querySelector('#alarms details').open")


def follow(found: Seen) -> None:
    """Let the time pass after which a page asks again."""
    found.page.clock.fast_forward(6_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_raised_alarms_can_be_read_and_fit(
    chromium: "Browser", little: str, store: Path, scheme: Scheme
) -> None:
    levels = [("length_collapse", "critical"), ("duplicates_rising", "warning")]
    raise_alarms(store, *(alarm(name, level=level, since=OLDER, last=12) for name, level in levels))
    with seen(chromium, little, scheme, width=480) as found:
        told = found.page.locator("article.alarm").all_inner_texts()
        assert ["length_collapse critical" in told[0], "duplicates_rising warning" in told[1]] == [True, True]
        texts = {each["text"]: each["ratio"] for each in found.contrasts()}
        assert {text for text, ratio in texts.items() if ratio < READABLE} == set()
        assert {"2", "A median of 20 words."} <= set(texts)
        assert found.overflow == 0


def test_keys_lead_to_the_filters_and_up(chromium: "Browser", little: str) -> None:
    with seen(chromium, f"{little}/rollouts") as found:
        page = found.page
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.closest('main form') !== null")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/rollouts/*")
        page.keyboard.press("u")
        page.wait_for_url("**/group?*")


def test_hostile_names_of_runs_are_text(chromium: "Browser", little: str, store: Path) -> None:
    raise_alarms(store, alarm(subject=HOSTILE_RUN, since=OLDER, last=12))
    for page in TABS:
        with seen(chromium, little + page.path) as found:
            assert found.page.evaluate("window.hostile") is None
            assert found.page.locator("img").count() == 0
            assert found.page.locator("script").count() == 1
            assert found.complaints == []
            assert "\u202e" not in found.page.content()
            assert found.overflow == 0
