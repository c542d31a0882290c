"""The dashboard over real HTTP: its pages, their JSON twins, its files, and who may see them."""

import base64
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from reward_server.dashboard.page import AnyPage
from reward_server.dashboard.tabs import PAGES
from reward_server.store.reports import keep_report
from tests.reward_server.http.serving import Served, serve

HOSTILE = "<think>\u202e<script>alert(1)</script></think><img src=x onerror=alert(2)>"
HOSTILE_RUN = '"><script>alert(3)</script>'
KEPT = "<!doctype html><style>p { color: red }</style><p>kept</p><script>alert(4)</script>"
TABS = [page for page in PAGES if page.tab]
TOKEN = "correct-horse"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that has scored three steps of two runs."""
    directory = tmp_path_factory.mktemp("dashboard")
    with serve(directory, None, "--store", str(directory / "rollouts.sqlite3"), token=TOKEN) as server:
        for run in ("first", HOSTILE_RUN):
            for step in range(3):
                rollouts = [{"group": "g", "prompt": "p", "completion": HOSTILE + str(n)} for n in range(4)]
                server.score(rollouts, run=run, step=step)
        keep_report(directory / "rollouts.sqlite3", "loadtest", HOSTILE_RUN, b"{}", KEPT)
        yield server


class Seen(HTMLParser):
    """Every element of a page, with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


@pytest.mark.parametrize("page", TABS, ids=lambda page: page.path)
def test_a_page_runs_nothing_but_its_own_script(served: Served, page: AnyPage) -> None:
    answer = served.client.get(page.path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    elements = Seen(answer.text).elements
    scripts = [attributes for tag, attributes in elements if tag == "script"]
    assert scripts == [{"type": "module", "src": "/assets/app.js"}]
    for _, attributes in elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        for name in ("src", "href", "action"):
            url = attributes.get(name) or "/"
            assert url.startswith(("/", "data:,")), url
            assert not url.startswith("//")
    assert "alert(3)" not in "".join(str(attributes.get("value")) for _, attributes in elements)


@pytest.mark.parametrize("page", TABS, ids=lambda page: page.path)
def test_every_page_has_a_twin_in_json(served: Served, page: AnyPage) -> None:
    answer = served.client.get(page.twin)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(answer.json(), dict)


def test_the_overview_has_every_step_of_the_run_that_is_asked_for(served: Served) -> None:
    shown = served.client.get("/overview.json", params={"run": "first"}).json()
    assert shown["run"]["name"] == "first"
    assert [step for step, _ in shown["curves"]["mean"]["reward"]] == [0, 1, 2]
    assert [run["rollouts"] for run in shown["runs"]] == [12, 12]
    assert shown["alarms"] == []
    newest = served.client.get("/overview.json").json()
    assert newest["run"]["name"] == HOSTILE_RUN


def test_what_an_url_says_wrongly_is_told(served: Served) -> None:
    for path in ("/", "/overview.json"):
        unknown = served.client.get(path, params={"ran": "first"})
        assert unknown.status_code == 422
        assert "ran" in unknown.text
        missing = served.client.get(path, params={"run": "<b>nobody</b>"})
        assert missing.status_code == 404
        assert "<b>" not in missing.text or missing.headers["content-type"] == "application/json"
        assert "there is no run" in missing.text


def test_a_kept_report_opens_as_it_was_kept_in_a_sandbox(served: Served) -> None:
    answer = served.client.get("/reports/1/page")
    assert (answer.status_code, answer.text) == (200, KEPT)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'none'"} <= set(policy)
    assert not any(each.startswith("script-src") for each in policy)
    (saved,) = served.client.get("/reports.json").json()["reports"]
    assert (saved["number"], saved["kind"], saved["title"]) == (1, "loadtest", HOSTILE_RUN)


@pytest.mark.parametrize("number", ["2", "0", "-1", "1.0", "\u0661", "9" * 30, "<b>", "..%2f1"])
def test_a_report_that_is_not_there_is_told(served: Served, number: str) -> None:
    answer = served.client.get(f"/reports/{number}/page")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


@pytest.mark.parametrize("name", ["..%2fshell.py", "%2e%2e/page.py", "app.js%00", "style.css", "", "app.JS"])
def test_files_are_of_a_closed_set(served: Served, name: str) -> None:
    assert served.client.get(f"/assets/{name}").status_code == 404


@pytest.mark.parametrize("name", ["app.js", "keyboard.js", "report.css", "charts.css", "dashboard.css"])
def test_files_are_what_they_are_called(served: Served, name: str) -> None:
    answer = served.client.get(f"/assets/{name}")
    assert answer.status_code == 200
    kind = "text/javascript" if name.endswith(".js") else "text/css"
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_p25_a_browser_is_asked_for_the_token_as_a_password(served: Served) -> None:
    for path in ("/", "/overview.json", "/assets/app.js"):
        refused = served.client.get(path, headers={"Authorization": ""})
        assert refused.status_code == 401
        assert "Basic" in refused.headers["www-authenticate"]
    basic = base64.b64encode(f"anyone:{TOKEN}".encode()).decode()
    assert served.client.get("/", headers={"Authorization": f"Basic {basic}"}).status_code == 200


def test_the_pages_are_no_part_of_the_api(served: Served) -> None:
    described = served.client.get("/openapi.json").json()["paths"]
    assert not {page.path for page in PAGES} & set(described)


def test_without_a_store_the_pages_say_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serve(tmp_path_factory.mktemp("none"), None, "--store", "none") as server:
        answer = server.client.get("/")
        assert answer.status_code == 404
        assert "keeps no rollouts" in answer.text


def test_before_the_first_rollout_the_pages_say_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("empty")
    with serve(directory, None, "--store", str(directory / "rollouts.sqlite3")) as server:
        answer = server.client.get("/")
        assert "no rollout has been scored yet" in answer.text
        assert "Nothing to show" in answer.text


def test_a_default_store_that_cannot_be_had_is_told_and_done_without(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    nowhere = {"GAVEL_STORE": "", "XDG_DATA_HOME": "/dev/null/nowhere"}
    with serve(tmp_path_factory.mktemp("homeless"), None, environment=nowhere) as server:
        assert server.score([{"completion": "x"}])["rewards"]
        assert "rollouts are not kept" in server.log.read_text()
        assert "keeps no rollouts" in server.client.get("/").text
