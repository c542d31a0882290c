"""The playground over HTTP: who may use it, with what, and what it never does."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from tests.processes import ServerProcess
from tests.reward_server.dashboard.looking import HOSTILE
from tests.reward_server.http.raw import connect
from tests.reward_server.http.serving import (
    CHECKS_ONLY,
    PATIENT_REWARD,
    REWARD,
    RUBRIC,
    Json,
    Served,
    batch,
    questions,
    serve,
    until,
)

TOKEN = "correct-horse"
PATHS = ("/playground", "/playground/check", "/playground/run")
EDITED = REWARD.replace("weight: 0.4, field", "weight: 0.8, field")
NEW_WORDS = RUBRIC.replace("considers the sender", "mentions the sender")


@pytest.fixture(scope="module")
def played(judge: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a store that holds eight rollouts."""
    folder = tmp_path_factory.mktemp("played")
    with serve(folder, judge, environment={"GAVEL_STORE": str(folder / "store.sqlite3")}) as served:
        served.score(batch(2), run="r", step=3)
        yield served


def body(text: str = EDITED, file: str = "reward.yaml", **more: object) -> bytes:
    return json.dumps({"reward": "test", "file": file, "text": text, **more}).encode()


def post(
    served: Served, path: str, content: bytes, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """POST as a page of ours does; `headers` replace its own, and empty ones are not sent."""
    kind = "application/x-www-form-urlencoded" if path == "/playground" else "application/json"
    sent = {"Content-Type": kind, "Origin": served.url, "Sec-Fetch-Site": "same-origin", **(headers or {})}
    return served.client.post(
        path, content=content, headers={name: value for name, value in sent.items() if value}
    )


def content_of(path: str) -> bytes:
    """What a path takes."""
    return (
        urlencode({"reward": "test", "file": "reward.yaml", "text": EDITED}).encode()
        if path == PATHS[0]
        else body()
    )


def run(served: Served, content: bytes) -> Json:
    response = post(served, "/playground/run", content)
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": ""},
        {"Origin": ""},
        {"Origin": "null"},  # a form of a page that sends no referrer
    ],
)
def test_a_page_of_ours_is_answered(played: Served, path: str, headers: dict[str, str]) -> None:
    response = post(played, path, content_of(path), headers)
    assert response.status_code == 200, response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://attacker.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://attacker.example", "Sec-Fetch-Site": ""},
        {"Origin": "http://attacker.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": "", "Origin": ""},
        {"Sec-Fetch-Site": "", "Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "", "Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "", "Origin": "http://127.0.0.1@attacker.example"},
        {"Sec-Fetch-Site": "", "Origin": "file://127.0.0.1"},
        {"Sec-Fetch-Site": "", "Origin": "http://[::1"},
        {"Sec-Fetch-Site": "", "Origin": "http://localhost.attacker.example"},
    ],
)
def test_p25_a_page_of_another_origin_is_refused_before_anything_is_read(
    played: Served, path: str, headers: dict[str, str]
) -> None:
    response = post(played, path, b"\xff" * 100, headers)
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "forbidden_origin"


@pytest.mark.parametrize("path", PATHS[1:])
@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
)
def test_p25_what_a_form_elsewhere_could_send_is_no_json(played: Served, path: str, kind: str) -> None:
    response = post(played, path, body(), {"Content-Type": kind})
    assert response.status_code == 415
    assert "application/json" in response.json()["error"]["hint"]


@pytest.mark.parametrize("path", PATHS)
def test_p25_no_other_origin_is_invited(played: Served, path: str) -> None:
    asked = {"Origin": "http://attacker.example", "Access-Control-Request-Method": "POST"}
    response = played.client.options(path, headers=asked)
    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", PATHS[1:])
def test_a_link_runs_nothing(played: Served, path: str) -> None:
    assert played.client.get(path, params={"text": EDITED}).status_code in (404, 405)


def test_p25_dns_rebinding_meets_the_host_list(played: Served) -> None:
    headers = {"Host": "attacker.example", "Origin": "http://attacker.example"}
    assert post(played, "/playground/check", body(), headers).json()["error"]["code"] == "forbidden_host"


def test_p25_a_server_for_every_host_name_trusts_none(tmp_path: Path) -> None:
    """`--allowed-host *` lifts the host list, so a rebound name would be its own origin."""
    with serve(tmp_path, None, "--allowed-host", "*") as served:
        rebound = {
            "Host": f"attacker.example:{served.port}",
            "Origin": f"http://attacker.example:{served.port}",
        }
        answer = post(served, "/playground/check", body(CHECKS_ONLY), rebound)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden_origin")
        for host in ("127.0.0.1", "localhost", "192.0.2.7", "[::1]"):
            named = {"Host": f"{host}:{served.port}", "Origin": f"http://{host}:{served.port}"}
            assert post(served, "/playground/check", body(CHECKS_ONLY), named).status_code == 200


def test_p25_a_token_is_asked_for_here_too(tmp_path: Path) -> None:
    with serve(tmp_path, None, token=TOKEN) as served:
        for path in PATHS:
            assert post(served, path, body(), {"Authorization": "Bearer wrong"}).status_code == 401
        assert post(served, "/playground/check", body(CHECKS_ONLY)).status_code == 200


def test_p19_big_bodies_are_refused(played: Served) -> None:
    response = post(played, "/playground/run", b"x" * (8 * 2**20 + 1))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "body_too_large")
    response = post(played, "/playground/check", body("x" * 131_073))
    assert (response.status_code, response.json()["error"]["path"]) == (422, "$.text")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        body() + b"x",
        body(secret=1),
        body(choice={"count": 257}),
        body(choice={"count": 0}),
        body(choice={"order": "id; DROP TABLE rollouts"}),
        body(choice={"step": -1}),
        body(choice={"pasted": 5}),
        body(ask=-1),
        body(ask=10**9),
        body(file="../reward.yaml"),
        body(file="/etc/passwd"),
        body(choice={"numbers": "1 OR 1"}),
        body(choice={"run": "no such run"}),
        json.dumps({"reward": "other", "file": "reward.yaml", "text": ""}).encode(),
    ],
)
def test_what_nobody_can_mean_is_refused_with_its_reason(played: Served, content: bytes) -> None:
    response = post(played, "/playground/run", content)
    assert response.status_code in (400, 422), response.text
    assert response.json()["error"]["message"]


def test_an_edit_is_tried_on_stored_rollouts_and_nothing_is_kept(
    played: Served, judge: ServerProcess
) -> None:
    before, calls = kept(played), questions(judge)
    found = run(played, body(choice={"count": 8}))
    assert found["checked"]["findings"] == []
    assert len(found["comparison"]["rollouts"]) == 8
    assert found["comparison"]["shift"]["changed"] > 0
    assert (found["comparison"]["unasked"], found["comparison"]["asked"]) == (0, 0)
    assert questions(judge) == calls
    assert kept(played) == before


def test_judges_are_asked_when_that_is_allowed_and_not_before(played: Served, judge: ServerProcess) -> None:
    calls = questions(judge)
    found = run(played, body(NEW_WORDS, "rubric.yaml"))["comparison"]
    assert (found["unasked"], found["asked"], questions(judge)) == (6, 0, calls)  # of 8, two are malformed
    assert {each["reward"]["after"]["why"] for each in found["rollouts"]} == {None, "not asked"}
    found = run(played, body(NEW_WORDS, "rubric.yaml", ask=6))["comparison"]
    assert (found["unasked"], found["asked"], questions(judge)) == (0, 6, calls + 6)
    assert {each["reward"]["after"]["why"] for each in found["rollouts"]} == {None}


def test_pasted_rollouts_are_scored_before_and_after(played: Served, judge: ServerProcess) -> None:
    lines = "\n".join(json.dumps(each) for each in batch(1))
    calls = questions(judge)
    found = run(played, body(choice={"pasted": lines}))["comparison"]
    assert [each["stored"] for each in found["rollouts"]] == [False] * 4
    assert found["unasked"] == 18  # three statements on three rollouts, before and after
    assert questions(judge) == calls
    bare = next(each for each in found["rollouts"] if each["id"] == "0-bare")
    assert bare["reward"]["after"]["value"] is not None


def test_p24_nothing_reaches_out(played: Served) -> None:
    for text in (
        EDITED.replace("${OPENAI_BASE_URL}", "http://192.0.2.1/v1"),
        EDITED.replace("use: structure", "use: 'os:system'"),
        EDITED.replace("rubric: rubric.yaml", "rubric: /etc/passwd"),
        EDITED.replace("use: structure", "use: python, function: 'os:system'"),
    ):
        found = run(played, body(text))
        assert found["comparison"] is None
        assert found["checked"]["version"] is None
        assert "root:" not in json.dumps(found)


def test_p23_hostile_texts_are_inert(played: Served) -> None:
    said = HOSTILE.replace("\ud800", "")
    pasted = json.dumps({"completion": said, "id": "<img src=x>", "group": "</script>"})
    found = run(played, body(choice={"pasted": pasted}))
    page = "".join(found["html"].values())
    assert "<img" not in page
    assert "<script" not in page
    for text in (
        said,
        f"name: {said}",
        f"'{said}': 1",
        "components: {'<img src=x>': {use: '<svg onload=x>'}}",
    ):
        found = post(played, "/playground/check", body(text)).json()
        assert "<img" not in "".join(found["html"].values())
        form = {
            "reward": "test",
            "file": "reward.yaml",
            "text": text,
            "pasted": said,
            "group": said,
            "do": "run",
        }
        response = post(played, "/playground", urlencode(form, errors="replace").encode())
        assert "<img" not in response.text
        assert "<svg onload" not in response.text
        assert response.text.count("<script") == 1


def test_a_form_needs_no_script(played: Served) -> None:
    form = {
        "reward": "test",
        "file": "reward.yaml",
        "text": EDITED.replace("\n", "\r\n"),
        "do": "run",
        "count": "4",
    }
    response = post(played, "/playground", urlencode(form).encode())
    assert response.status_code == 200
    assert "weight: 0.8, field" in response.text
    assert "mean reward" in response.text
    wrong = {**form, "text": EDITED.replace("weight: 0.8", "wieght: 0.8")}
    response = post(played, "/playground", urlencode(wrong).encode())
    assert "reward.yaml:5:" in response.text
    assert "did you mean `weight`?" in response.text
    lost = {**form, "numbers": "999999"}
    response = post(played, "/playground", urlencode(lost).encode())
    assert "No stored rollout is like that".lower() in response.text.lower()
    assert "weight: 0.8, field" in response.text  # what was written is not lost


def test_a_server_that_keeps_nothing_offers_pasting(tmp_path: Path) -> None:
    with serve(tmp_path, None, "--store", "none") as served:
        form = {"reward": "test", "file": "reward.yaml", "text": CHECKS_ONLY, "do": "run"}
        pages = (
            served.client.get("/playground").text,
            post(served, "/playground", urlencode(form).encode()).text,
        )
        for page in pages:
            assert 'name="pasted"' in page
            assert 'name="numbers"' not in page
            assert "`--store FILE`" in page


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"&".join([b"a=1"] * 99), b"reward=test", b"count=x&reward=test"]
)
def test_a_form_that_is_none_is_refused_by_a_page(played: Served, content: bytes) -> None:
    response = post(played, "/playground", content)
    assert response.status_code in (404, 422)
    assert response.headers["content-type"].startswith("text/html")


def test_p14_only_a_few_are_tried_at_once_and_training_has_its_own_places(stuck: Served) -> None:
    """The judge takes an hour, so what asks it stays until its client leaves."""
    pasted = "\n".join(json.dumps(each) for each in batch(1))
    asking = body(PATIENT_REWARD, choice={"pasted": pasted}, ask=18)
    head = ("POST /playground/run HTTP/1.1", "Host: localhost", "Origin: http://localhost")
    sent = "\r\n".join((*head, "Content-Type: application/json", f"Content-Length: {len(asking)}", "", ""))
    with ExitStack() as clients:
        for _ in range(4):
            clients.enter_context(connect(stuck)).send(sent.encode() + asking)
        until(lambda: post(stuck, "/playground/check", body()).status_code == 429)
        assert post(stuck, "/playground/check", body()).headers["retry-after"]
        assert stuck.under_way() == 0
        bare = [each for each in batch(1) if each["id"] == "0-bare"]
        assert stuck.score(bare)["rewards"] != []
    until(lambda: post(stuck, "/playground/check", body()).status_code == 200)


def test_the_page_offers_the_served_files(played: Served) -> None:
    page = played.client.get("/playground", params={"file": "rubric.yaml"}).text
    assert "The reasoning considers the sender of the message." in page
    assert played.client.get("/playground", params={"file": "../rubric.yaml"}).status_code == 404
    assert played.client.get("/playground", params={"text": "x"}).status_code == 422


def kept(served: Served) -> tuple[int, int]:
    """How many rollouts and requests a server has stored."""
    with sqlite3.connect(served.log.parent / "store.sqlite3") as db:
        rollouts, requests = (
            db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("rollouts", "requests")
        )
    return rollouts, requests
