"""The playground in a real browser: with a script and without, and attacked from elsewhere."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright")

from tests.browser.dashboard import SHORT, score, served
from tests.browser.seeing import Scheme, Seen, seen

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Response

pytestmark = pytest.mark.browser

TOKEN = "correct-horse"
WITH_RUBRIC = f"""{SHORT.strip()}
  quality: {{use: rubric, weight: 1, rubric: rubric.yaml}}
judges: {{default: {{use: scripted, otherwise: 0.75}}}}
"""
RUBRIC = """schema: rubric/v1
id: quality
version: "1"
criteria:
  - {id: plain, ask: The text is plain.}
"""
READABLE = 4.5
"""WCAG 2 AA for text."""
HOSTILE = "</textarea></script><img src=x onerror='window.hostile=1'><script>window.hostile=1</script> \u202e"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The playground of a server that has scored one group."""
    folder = tmp_path_factory.mktemp("playground")
    reward = folder / "reward.yaml"
    reward.write_text(SHORT.lstrip(), encoding="utf-8")
    with served(reward, folder / "store.sqlite3") as found:
        score(found, "r", 1, ["one two three", "one two three four five six", f"a b {HOSTILE}", "x " * 20])
        yield f"{found}/playground"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The playground of a reward with a rubric, on a server that asks for a token and keeps nothing."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "reward.yaml").write_text(WITH_RUBRIC, encoding="utf-8")
    (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    with served(folder / "reward.yaml", "none", TOKEN) as found:
        yield f"{found}/playground"


@pytest.fixture(scope="module")
def elsewhere(url: str) -> Iterator[str]:
    """A page of another origin that does what such pages can do."""

    class Attack(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            fields = "".join(
                f'<input name="{name}" value="{value}">'
                for name, value in {
                    "reward": "short",
                    "file": "reward.yaml",
                    "do": "run",
                    "text": "x",
                }.items()
            )
            form = f'<form id="f" method="post" action="{url}">{fields}</form>'
            framed = f"{form}<script>f.submit()</script>"
            frame = f"<iframe sandbox='allow-forms allow-scripts' srcdoc='{framed}'></iframe>"
            self.wfile.write(f"<!doctype html>{form}{frame}".encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Attack)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def edited(found: Seen, before: str, after: str) -> None:
    """Change the text, as by typing."""
    area = found.page.locator("#text")
    text = area.input_value()
    assert before in text
    area.fill(text.replace(before, after))


def ran(found: Seen) -> None:
    found.page.get_by_role("button", name="run", exact=True).click()
    found.page.wait_for_selector("#result table")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 480])
def test_it_can_be_read_and_fits(chromium: "Browser", url: str, scheme: Scheme, width: int) -> None:
    with seen(chromium, url, scheme, width) as found:
        edited(found, "full: [2, 4]", "full: [2, 7]")
        ran(found)
        edited(found, "ngram: 2", "ngrm: 2")
        found.page.wait_for_selector("#findings .findings")
        assert [each for each in found.contrasts() if each["ratio"] < READABLE] == []
        assert found.overflow == 0
        assert found.complaints == []
        assert {
            each for each in found.requests if not each.startswith((url.removesuffix("playground"), "data:,"))
        } == set()
        assert found.page.evaluate("window.hostile") is None


def test_a_mistake_is_told_beside_its_line_and_a_click_goes_there(chromium: "Browser", url: str) -> None:
    with seen(chromium, url) as found:
        edited(found, "ngram: 2", "ngrm: 2")
        note = found.page.locator("#beside .error")
        note.wait_for()
        assert note.inner_text().startswith("unknown key `ngrm`")
        number = found.page.locator("#gutter .error")
        assert number.inner_text() == "4"
        boxes = [each.bounding_box() for each in (note, number)]
        assert boxes[0] is not None
        assert boxes[1] is not None
        assert abs(boxes[0]["y"] - boxes[1]["y"]) < 6  # on one line
        found.page.get_by_role("button", name=re.compile("^reward.yaml:4:")).click()
        at = found.page.evaluate("document.getElementById('text').selectionStart")
        assert found.page.locator("#text").input_value()[at:].startswith("ngrm: 2")
        assert found.page.evaluate("document.activeElement.id") == "text"


def test_lines_are_numbered_while_typing(chromium: "Browser", url: str) -> None:
    with seen(chromium, url) as found:
        lines = found.page.locator("#gutter").inner_text().split()
        edited(found, "name: short\n", "# one\n# two\nname: short\n")
        assert found.page.locator("#gutter").inner_text().split() == [
            str(each + 1) for each in range(len(lines) + 2)
        ]
        boxes = found.page.evaluate(
            "['text', 'gutter'].map((id) => document.getElementById(id).getBoundingClientRect().toJSON())"
        )
        assert boxes[0]["top"] == boxes[1]["top"]
        assert abs(boxes[0]["height"] - boxes[1]["height"]) <= 1


def test_an_edit_is_run_by_keyboard(chromium: "Browser", url: str) -> None:
    with seen(chromium, f"{url}?count=4") as found:
        edited(found, "weight: 0.5, of: answer, unit", "weight: 0.9, of: answer, unit")
        found.page.locator("#text").press("Control+Enter")
        found.page.wait_for_selector("#result table")
        assert found.page.locator("#result tbody tr").count() == 4
        assert "→" in found.page.locator("#result tbody tr").first.inner_text()
        assert found.page.url == f"{url}?count=4"
        assert found.page.evaluate("window.hostile") is None


def test_the_text_is_copied_and_downloaded_as_it_was_edited(chromium: "Browser", url: str) -> None:
    with seen(chromium, url) as found:
        edited(found, "name: short", "name: shorter")
        found.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        found.page.get_by_role("button", name="copy the text").click()
        found.page.wait_for_function("document.getElementById('copy-text').textContent === 'copied'")
        wanted = SHORT.lstrip().replace("name: short", "name: shorter")
        assert found.page.evaluate("navigator.clipboard.readText()") == wanted
        with found.page.expect_download() as waiting:
            found.page.get_by_role("button", name="download").click()
        assert waiting.value.suggested_filename == "reward.yaml"
        assert Path(waiting.value.path()).read_text(encoding="utf-8") == wanted
        assert found.complaints == []


def test_an_edit_outlives_a_visit_to_another_file(chromium: "Browser", guarded: str) -> None:
    with seen(chromium, f"{guarded}?run=2&numbers=5128", token=TOKEN) as found:
        restore, text = found.page.locator("#restore"), found.page.locator("#text")
        as_served = text.input_value()
        assert not restore.is_visible()
        edited(found, "ngram: 2", "ngrm: 2")
        assert restore.inner_text() == "edited; restore the served text"
        found.page.get_by_role("link", name="rubric.yaml").click()
        found.page.wait_for_url("**file=rubric.yaml*")
        assert found.page.url.endswith("numbers=5128&run=2")
        assert text.input_value() == RUBRIC
        assert not restore.is_visible()
        found.page.get_by_role("link", name="reward.yaml").click()
        found.page.wait_for_url("**file=reward.yaml*")
        assert text.input_value() == as_served.replace("ngram: 2", "ngrm: 2")
        found.page.locator("#findings .findings", has_text="unknown key `ngrm`").wait_for()
        assert [each for each in found.contrasts() if each["ratio"] < READABLE] == []
        restore.click()
        found.page.locator("#findings", has_text="Nothing is wrong").wait_for()
        assert text.input_value() == as_served
        assert not restore.is_visible()
        found.page.reload()
        assert text.input_value() == as_served


def test_other_files_are_tried_on_what_was_chosen_last(chromium: "Browser", url: str) -> None:
    with seen(chromium, url) as found:
        found.page.locator("[name=count]").fill("3")
        found.page.locator("[name=order]").select_option("least")
        found.page.locator(".files a").first.click()
        found.page.wait_for_url("**order=least*")
        assert found.page.locator("[name=count]").input_value() == "3"


def test_with_a_token_for_a_password_pasted_rollouts_are_run(chromium: "Browser", guarded: str) -> None:
    with seen(chromium, guarded, token=TOKEN) as found:
        assert found.page.locator("[name=numbers]").count() == 0
        assert "--store FILE" in found.page.locator("fieldset").inner_text()
        edited(found, "full: [2, 4]", "full: [2, 7]")
        found.page.locator("[name=pasted]").fill("one two three four five six")
        ran(found)
        assert found.page.locator("#result tbody tr").count() == 1
        assert found.overflow == 0
        refusals = [each for each in found.complaints if "401" not in each]
        assert refusals == []


def test_without_script_it_is_checked_and_run(chromium: "Browser", url: str) -> None:
    with seen(chromium, url, script=False) as found:
        edited(found, "ngram: 2", "ngrm: 2")
        found.page.get_by_role("button", name="check", exact=True).click()
        assert "unknown key `ngrm`" in found.page.locator("#findings").inner_text()
        assert "ngrm: 2" in found.page.locator("#text").input_value()
        edited(found, "ngrm: 2", "ngram: 1")
        ran(found)
        assert found.page.locator("#result tbody tr").count() == 4


def test_pasted_hostile_texts_are_shown_and_not_obeyed(chromium: "Browser", url: str) -> None:
    with seen(chromium, url) as found:
        found.page.locator("summary", has_text="paste").click()
        found.page.locator("[name=pasted]").fill(HOSTILE)
        ran(found)
        assert "<img src=x" in found.page.locator("#result tbody").inner_text()
        assert "\u202e" not in found.page.locator("#result").inner_text()
        assert found.page.evaluate("window.hostile") is None
        assert found.complaints == []


def test_p25_a_page_of_another_origin_gets_nowhere(chromium: "Browser", url: str, elsewhere: str) -> None:
    with seen(chromium, elsewhere) as found:
        answers: list[Response] = []

        def keep(answer: "Response") -> None:
            answers.append(answer)

        found.page.on("response", keep)
        send = (
            "(url, type) => fetch(url, "
            "{method: 'POST', mode: 'no-cors', body: '{}', headers: {'Content-Type': type}})"
        )
        for path in ("", "/check", "/run"):
            for kind in ("text/plain", "application/x-www-form-urlencoded"):
                found.page.evaluate(
                    f"([url, type]) => ({send})(url, type).then(() => 0, () => 0)", [url + path, kind]
                )
        asked = (
            "(url) => fetch(url, {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}})"
        )
        outcome = found.page.evaluate(
            f"(url) => ({asked})(url).then(() => 'answered', () => 'refused')", f"{url}/run"
        )
        assert outcome == "refused"  # by the browser, whose preflight was not allowed
        with found.page.expect_navigation():
            found.page.evaluate("document.getElementById('f').submit()")
        assert "forbidden_origin" in found.page.content()
        posts = [each for each in answers if each.request.method == "POST"]
        assert len(posts) >= 7
        assert {each.status for each in posts} == {403}


def test_p25_a_page_of_another_origin_cannot_frame_it(chromium: "Browser", url: str, elsewhere: str) -> None:
    with seen(chromium, elsewhere) as found:
        frame = "f = document.createElement('iframe'); f.src = url; f.name = 'ours'; document.body.append(f)"
        found.page.evaluate(f"(url) => {{ {frame} }}", url)
        found.page.wait_for_function(
            "frames.length === 2 && performance.getEntriesByType('resource').length > 0"
        )
        framed = found.page.frame(name="ours")
        assert framed is None or framed.locator("#playground").count() == 0
