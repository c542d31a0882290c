"""Promises 23 and 24: what came in is inert in logs and metrics, and secrets appear nowhere."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reward_server.dashboard.tabs import PAGES
from reward_server.http import app, dialects, graders
from tests.processes import ServerProcess
from tests.reward_server.http.serving import (
    CHECKS_ONLY,
    GOOD,
    Served,
    rollout,
    serve,
    started,
    switch_faults,
    until,
    write_reward,
)

TOKEN = "t0ken-of-the-reward-url"
KEY = "key-of-the-judge"
CANARY = "canary-9f3e"
SECRETS = (CANARY, TOKEN, KEY, "header-value")


@pytest.fixture(scope="module")
def served(judge: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with secrets, logging everything it ever logs."""
    secrets = {"OPENAI_API_KEY": KEY}
    options = ("--log-level", "debug")
    with serve(tmp_path_factory.mktemp("inert"), judge, *options, environment=secrets, token=TOKEN) as server:
        yield server


def test_p23_p24_neither_completions_nor_secrets_are_logged_or_measured(
    served: Served, judge: ServerProcess
) -> None:
    headers = {"X_Custom": "header-value", "User_Agent": "header-value", "Cookie": "header-value"}
    batch = [rollout(f"r{i}", f"{CANARY} {GOOD}", metadata={CANARY: CANARY}, group=CANARY) for i in range(4)]
    assert served.post({"rollouts": batch}, **headers).status_code == 200
    switch_faults(judge, "garbage:0.5,http500:0.5")
    assert served.post({"rollouts": batch}, **headers).status_code == 200
    switch_faults(judge, "")
    for bad in (
        {"rollouts": batch, CANARY: 1},
        {"rollouts": batch, "reward": CANARY},
        {"rollouts": [CANARY]},
    ):
        assert served.post(bad, **headers).status_code == 422
    assert served.post(CANARY.encode(), Idempotency_Key=CANARY).status_code == 400
    assert served.client.get(f"/{CANARY}", headers={"Host": f"{CANARY}.example"}).status_code == 421
    assert served.client.get(f"/v1/rewards/{CANARY}?{CANARY}").status_code == 404
    assert served.client.get(f"/{CANARY}", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 401
    until(lambda: len(served.log_lines()) >= 9)
    exposed = served.log.read_text() + served.client.get("/metrics").text
    for secret in SECRETS:
        assert secret not in exposed


def test_p24_no_answer_holds_a_secret(served: Served) -> None:
    paths = ("/v1/rewards", "/v1/rewards/test", "/version", "/metrics", "/docs", "/openapi.json", "/healthz")
    shown = "".join(served.client.get(path).text for path in paths)
    assert TOKEN not in shown
    assert KEY not in shown


def test_p23_a_log_line_is_one_json_object_with_fields_of_ours(served: Served) -> None:
    hostile = {"X_Request_Id": '"}\\u2028 {"level": "x'}
    served.post(b"{}", **hostile)
    until(lambda: hostile["X_Request_Id"] in {line.get("request_id") for line in served.log_lines()})
    line = next(line for line in served.log_lines() if line.get("request_id") == hostile["X_Request_Id"])
    assert {name: line[name] for name in ("event", "level", "route", "method", "status", "error")} == {
        "event": "request",
        "level": "info",
        "route": "/v1/rewards",
        "method": "POST",
        "status": 422,
        "error": "invalid_field",
    }
    assert set(line) == {
        *("event", "level", "timestamp", "request_id", "route", "method", "status", "seconds", "error")
    }


def test_p23_labels_come_from_closed_sets(server: Served) -> None:
    for path in ("/a", "/b", "/v1/rewards/a", "/v1/rewards/b", "/v1/rewards/a%2Fb", "/v1/rewards/test"):
        server.client.get(path)
    server.post({"rollouts": [], "reward": "unheard-of"})
    routes = {route for route, _ in server.metrics("gavel_http_requests_total")}
    known = {path for _, path, *_ in (*app.ROUTES, *dialects.ROUTES, *graders.ROUTES)}
    pages = {path for page in PAGES for path in (page.path, page.twin)} | {"/assets/{name}"}
    assert routes <= known | pages | {"/docs", "/openapi.json", "other"}
    assert {"/v1/rewards/{name}", "other"} <= routes
    assert set(server.metrics("gavel_accepted_rollouts_total")) <= {("test",)}
    assert {reward for reward, _ in server.metrics("gavel_rollouts_total")} <= {"test"}


def test_p23_a_bug_is_a_500_that_tells_no_values(tmp_path: Path) -> None:
    command = (
        sys.executable,
        "-m",
        "tests.reward_server.http.buggy",
        str(write_reward(tmp_path, CHECKS_ONLY)),
    )
    with started(command, tmp_path / "stderr.txt") as served:
        error = served.refusal({"rollouts": [{"completion": CANARY}]}, 500)
        assert error["code"] == "bug"
        until(lambda: len(served.log_lines()) == 3)
        lines = {line["event"]: line for line in served.log_lines()}
        for event, exception in (("bug", "RuntimeError"), ("asyncio", "KeyError")):
            assert lines[event]["exception"] == exception
            assert any("buggy.py" in frame for frame in lines[event]["frames"])
        assert served.metrics("gavel_rollouts_total") == {("test", "rejected"): 1.0}
        assert CANARY not in served.log.read_text() + served.client.get("/metrics").text + str(error)
