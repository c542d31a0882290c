"""Traces of a real server with a simulated judge, as a real collector gets them."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ServerProcess, start_sim
from tests.reward_server.http.serving import (
    CHECKS_ONLY,
    GOOD,
    REWARD,
    Served,
    batch,
    refused,
    rollout,
    serve,
    switch_faults,
    until,
    write_reward,
)
from tests.reward_server.tracing.collector import Collector, Span, collecting

QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "50"}
TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


def traced(collector: Collector, **variables: str) -> dict[str, str]:
    return {**QUICK, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, **variables}


def events(served: Served) -> list[dict[str, object]]:
    """The lines of the log, without the warnings about the reward file before it."""
    return [json.loads(line) for line in served.log.read_text().splitlines() if line.startswith("{")]


def finished(served: Served) -> None:
    """Have the server drain, which sends what is left."""
    assert served.process.stop() == 0


def only(spans: list[Span]) -> Span:
    (span,) = spans
    return span


def test_a_request_is_followed_from_its_caller_to_each_judge_call(
    judge: ServerProcess, collector: Collector, tmp_path: Path
) -> None:
    with serve(tmp_path, judge, environment=traced(collector)) as served:
        served.client.headers["traceparent"] = f"00-{TRACE}-{CALLER}-01"
        served.score(batch(2))
        finished(served)
    assert {span.trace for span in collector.spans} == {TRACE}
    request = only(collector.named("POST /v1/rewards"))
    assert request.parent.hex() == CALLER
    assert request.kind == 2  # a server's
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/rewards",
        "http.response.status_code": 200,
    }
    reward = only(collector.below(request))
    assert reward.name == "score test"
    assert {key: reward.attributes[f"gavel.{key}"] for key in ("groups", "rollouts", "unscored")} == {
        "groups": 2,
        "rollouts": 8,
        "unscored": 0,
    }
    groups = collector.below(reward)
    assert [group.attributes["gavel.group.id"] for group in groups] == ["g0", "g1"]
    components = collector.below(groups[0])
    assert {span.name for span in components} == {
        f"component {name}" for name in ("accuracy", "format", "length", "rubric")
    }
    rubric = only(collector.below(groups[0], "component rubric"))
    rollouts = collector.below(rubric)
    # The one without a well-formed completion is decided by the gate.
    assert [span.attributes["gavel.rollout.id"] for span in rollouts] == ["0-good", "0-wrong", "0-long"]
    questions = collector.below(rollouts[0])
    assert {span.name for span in questions} == {
        "question quotes",
        "question sender",
        "question asks_for_marks",
    }
    call = only(collector.below(questions[0]))
    assert call.name == "judge call"
    assert call.kind == 3  # a client's
    assert call.attributes["gavel.judge"] == "default"
    assert call.attributes["gavel.replica"] == judge.base_url
    assert call.attributes["gavel.attempt"] == 1
    assert call.attributes["gavel.hedge"] is False
    assert int(str(call.attributes["gen_ai.usage.input_tokens"])) > 0
    # 2 groups of 3 well-formed rollouts with 3 criteria each
    assert len(collector.named("judge call")) == reward.attributes["gavel.judge.calls"] == 18
    for outer, inner in ((request, reward), (reward, groups[0]), (rubric, rollouts[0]), (questions[0], call)):
        slack = 2_000_000  # the two clocks are read one after the other
        assert outer.start - slack <= inner.start <= inner.end <= outer.end + slack


def test_nothing_of_a_completion_a_prompt_or_a_secret_is_sent(
    judge: ServerProcess, collector: Collector, tmp_path: Path
) -> None:
    secret, token = "COMPLETION-CANARY", "TOKEN-CANARY"
    hostile = [
        rollout("\u202e<script>" + "x" * 200, f"{secret} {GOOD}", prompt=f"{secret} prompt"),
        rollout("plain", GOOD, prompt=f"{secret} prompt", completion=f"{secret} broken"),
        rollout("told", GOOD, ground_truth={"label": secret}),
    ]
    environment = traced(collector, OTEL_EXPORTER_OTLP_HEADERS="api-key=HEADER-CANARY")
    with serve(tmp_path, judge, environment=environment, token=token) as served:
        served.score(hostile)
        served.client.get(f"/v1/rewards/{secret}?q={secret}")
        served.client.post(f"/{secret}", headers={"X-Request-Id": secret, "traceparent": secret})
        finished(served)
    assert len(collector.named("judge call")) > 0
    everything = b"".join(collector.bodies)
    for canary in (secret, token, "HEADER-CANARY", "script>" + "x" * 64):
        assert canary.encode() not in everything
    ids = [str(span.attributes["gavel.rollout.id"]) for span in collector.named("rollout")]
    assert all(len(name) <= 64 and name.isascii() and name.isprintable() for name in ids)
    assert collector.headers[0]["api-key"] == "HEADER-CANARY"


def test_retries_and_what_is_known_show(collector: Collector, tmp_path: Path) -> None:
    cached = REWARD.replace("cache: {store: none}", f'cache: {{store: sqlite, path: "{tmp_path}/verdicts"}}')
    with (
        start_sim("--ttft", "0.01", "--fault", "http500:0.3", "--seed", "1") as judge,
        serve(tmp_path, judge, reward=cached, environment=traced(collector)) as served,
    ):
        served.score(batch(4))
        switch_faults(judge, "")
        served.score(batch(4))
        finished(served)
    failed = [span for span in collector.named("judge call") if span.failed]
    assert failed
    assert {span.attributes["error.type"] for span in failed} == {"judge_error"}
    assert {span.attributes["gavel.attempt"] for span in collector.named("judge call")} >= {1, 2}
    ways = [span.attributes["gavel.how"] for span in collector.spans if span.name.startswith("question ")]
    assert {"called", "cached"} <= {*ways}
    for question in (span for span in collector.spans if span.name.startswith("question ")):
        made = len(collector.below(question, "judge call"))
        assert made == question.attributes["gavel.calls"]
        assert (made == 0) == (question.attributes["gavel.how"] != "called")


def test_a_batch_of_many_loses_no_span(judge: ServerProcess, collector: Collector, tmp_path: Path) -> None:
    """The SDK's queue has room for 2,048; this batch makes 3,902."""
    with serve(tmp_path, judge, environment=traced(collector)) as served:
        served.score(batch(150))
        finished(served)
    assert len(collector.named("group")) == 150
    assert len(collector.named("judge call")) == 150 * 9
    assert len(collector.spans) == 2 + 150 * (1 + 4 + 3 * (1 + 3 + 3))


def test_probes_are_not_traced_and_a_trace_is_found_from_the_log(
    collector: Collector, tmp_path: Path
) -> None:
    with serve(tmp_path, environment=traced(collector)) as served:
        for path in ("/healthz", "/readyz", "/metrics", "/version"):
            served.client.get(path)
        served.refusal(b"no json", 400)
        finished(served)
        lines = [line for line in events(served) if line["event"] == "request"]
    span = only(collector.spans)
    assert span.attributes["error.type"] == "not_json"
    assert not span.failed  # a client's mistake is no error of the server's
    assert [line.get("trace_id") for line in lines] == [None, None, None, None, span.trace]


def test_a_sampler_that_takes_nothing_sends_nothing(collector: Collector, tmp_path: Path) -> None:
    none = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
    with serve(tmp_path, environment=traced(collector, **none)) as served:
        served.score([rollout("a", GOOD)])
        finished(served)
    assert collector.spans == []


def test_a_caller_that_does_not_sample_is_obeyed(collector: Collector, tmp_path: Path) -> None:
    with serve(tmp_path, environment=traced(collector)) as served:
        served.client.headers["traceparent"] = f"00-{TRACE}-{CALLER}-00"
        served.score([rollout("a", GOOD)])
        finished(served)
    assert collector.spans == []


def test_fastapi_sends_nothing_of_its_own(collector: Collector, tmp_path: Path) -> None:
    with serve(tmp_path, environment=traced(collector, FASTAPI_OTEL_AUTO_CONFIGURE="true")) as served:
        served.score([rollout("a", GOOD)])
        finished(served)
    assert len(collector.named("POST /v1/rewards")) == 1
    assert {span.name.partition(" ")[0] for span in collector.spans} == {
        "POST",
        "score",
        "group",
        "component",
    }


def test_a_collector_that_is_not_there_costs_nothing_and_is_told_once(tmp_path: Path) -> None:
    nobody = {
        **QUICK,
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:pass@127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
    }
    with serve(tmp_path, environment=nobody) as served:
        for _ in range(20):
            served.score([rollout("a", GOOD)])
        finished(served)
        told = [line for line in events(served) if line["event"] == "traces cannot be sent"]
        other = {line["event"] for line in events(served)}
    assert [line["collector"] for line in told] == ["http://127.0.0.1:9/v1/traces"]
    assert other <= {"request", "unscored", "traces cannot be sent"}
    assert "pass" not in served.log.read_text()


def test_a_collector_that_refuses_is_told_with_its_reason_and_so_is_its_return(
    collector: Collector, tmp_path: Path
) -> None:
    with serve(tmp_path, environment=traced(collector)) as served:
        collector.status = 401
        for _ in range(3):
            served.score([rollout("a", GOOD)])
        until(lambda: "traces cannot be sent" in served.log.read_text())
        collector.status = 200
        served.score([rollout("a", GOOD)])
        finished(served)
        told = [line for line in events(served) if str(line["event"]).startswith("traces")]
    assert [line["event"] for line in told] == ["traces cannot be sent", "traces are sent again"]
    assert "401" in str(told[0]["reason"])


@pytest.mark.soak
def test_a_collector_that_never_answers_does_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with serve(
            tmp_path, environment={**QUICK, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
        ) as served:
            served.score([rollout("a", GOOD)])
            started = time.monotonic()
            finished(served)
    assert time.monotonic() - started < 9  # 5 s for the collector


NOT_INSTALLED = """
import sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nothing())
"""
"""A `sitecustomize` by which the packages of the extra are not there."""


def test_an_sdk_that_is_not_installed_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOT_INSTALLED)
    file = write_reward(tmp_path, CHECKS_ONLY)
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    said = refused(str(file), "--port", "0", PYTHONPATH=str(tmp_path), **endpoint)
    assert "OTEL_EXPORTER_OTLP_ENDPOINT asks for traces" in said
    assert "pip install 'gavel-rl[otel]'" in said


def test_without_an_endpoint_the_sdk_is_not_needed(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOT_INSTALLED)
    with serve(tmp_path, environment={"PYTHONPATH": str(tmp_path)}) as served:
        assert served.score([rollout("a", GOOD)])["rewards"] != [None]
