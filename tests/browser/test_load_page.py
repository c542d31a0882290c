"""The report of a load test in a real browser: it paints, it can be read, and it keeps to its file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import combinations
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright")

from reward_server.load.page.load_page import load_page
from reward_server.load.report import Report
from tests.browser.seeing import Place, Scheme, seen
from tests.reward_server.load.page import making

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

READABLE = 4.5
"""WCAG 2 AA for text."""
PAINTED = 60
"""Pixels: less than the least that is drawn, a few dots."""
ALL = [
    making.sweep,
    making.single,
    making.burst,
    making.interrupted,
    making.all_failed,
    making.mixed,
    making.nothing,
]


@pytest.fixture(params=ALL, ids=lambda make: make.__name__)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    make: Callable[[], Report] = request.param
    path = tmp_path / "report.html"
    path.write_text(load_page(make(), "2026-01-02"), encoding="utf-8")
    return path


def test_nothing_is_asked_for_but_the_file_and_nothing_complains(chromium: "Browser", page: Path) -> None:
    with seen(chromium, page) as found:
        assert found.requests == [page.as_uri()]
        assert found.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_picture_is_painted(chromium: "Browser", page: Path, scheme: Scheme) -> None:
    with seen(chromium, page, scheme) as found:
        if found.pictures():  # where nothing ran there are none
            assert {name for name, pixels in found.coloured().items() if pixels < PAINTED} == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(chromium: "Browser", page: Path, scheme: Scheme) -> None:
    with seen(chromium, page, scheme) as found:
        contrasts = found.contrasts()
        assert len(contrasts) > 20
        assert [each for each in contrasts if each["ratio"] < READABLE] == []


@pytest.mark.parametrize("width", [1240, 390, 320])
def test_it_fits_its_window(chromium: "Browser", page: Path, width: int) -> None:
    with seen(chromium, page, width=width) as found:
        assert found.overflow == 0
        for name, (box, *texts) in found.pictures():
            assert box["right"] - box["left"] > 200, name
            assert box["right"] <= width, name
            assert [each["text"] for each in texts if not _inside(each, box)] == [], name
            crossing = [(a["text"], b["text"]) for a, b in combinations(texts, 2) if _cross(a, b)]
            assert crossing == [], name


def test_on_a_desk_no_table_has_to_be_scrolled(chromium: "Browser", page: Path) -> None:
    scrolled = (
        "[...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth)"
    )
    with seen(chromium, page) as found:
        assert found.page.evaluate(f"{scrolled}.length") == 0


def test_dark_is_dark(chromium: "Browser", page: Path) -> None:
    with seen(chromium, page, "dark") as found:
        assert found.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"


def test_the_policy_holds_in_the_browser(chromium: "Browser", tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    with _listening() as (port, came):
        image = f"<img src='http://127.0.0.1:{port}/x'><h1>"
        path.write_text(load_page(making.single()).replace("<h1>", image), encoding="utf-8")
        with seen(chromium, path) as found:
            assert any("Content Security Policy" in each for each in found.complaints)
            assert came == []
        path.write_text(image, encoding="utf-8")
        with seen(chromium, path):
            assert came != []  # so it would have come


@contextmanager
def _listening() -> Iterator[tuple[int, list[str]]]:
    """A web server's port, and the paths it was asked for."""
    came: list[str] = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port, came
        server.shutdown()


def _inside(text: Place, box: Place) -> bool:
    across = box["left"] - 1 <= text["left"] and text["right"] <= box["right"] + 1
    return across and box["top"] - 1 <= text["top"] and text["bottom"] <= box["bottom"] + 1


def _cross(one: Place, other: Place) -> bool:
    """Whether they run into each other by more than the air around letters."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    return across > 1 and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 4
