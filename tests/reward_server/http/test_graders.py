"""OpenAI's graders over HTTP: the real `openai` package against a real server, and recorded requests."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.pages import fences
from tests.processes import ROOT, STOP_LIMIT, ServerProcess, start_sim
from tests.reward_server.dialects.openai_graders.trying import raised
from tests.reward_server.http.raw import Connection, connect
from tests.reward_server.http.serving import (
    INSTANT,
    PATIENT_REWARD,
    Served,
    in_flight,
    questions,
    serve,
    switch_faults,
    until,
)

RUN, VALIDATE = "/v1/fine_tuning/alpha/graders/run", "/v1/fine_tuning/alpha/graders/validate"
RECORDED = json.loads((ROOT / "tests/contracts/openai/requests.json").read_text())

LIKED = "the score the instructions call for"
"""A text that the simulated judge rates high, as it has the words of the question in it."""
QUALITY: Any = {
    "type": "score_model",
    "name": "quality",
    "model": "default",
    "input": [{"role": "user", "content": "Rate this: {{sample.output_text}}"}],
}
EXACT: Any = {
    "type": "string_check",
    "name": "exact",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
    "operation": "eq",
}


@pytest.fixture
def client(server: Served) -> Iterator[openai.OpenAI]:
    """The package as a user makes it, with its own retries, except that nothing leaves this machine."""
    base_url = f"{server.url}/v1"
    with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=60) as found:
        yield found


def test_the_package_gets_a_reward(client: openai.OpenAI) -> None:
    right = client.fine_tuning.alpha.graders.run(grader=EXACT, model_sample="42", item={"answer": "42"})
    wrong = client.fine_tuning.alpha.graders.run(grader=EXACT, model_sample="41", item={"answer": "42"})
    assert (right.reward, wrong.reward) == (1.0, 0.0)
    assert (right.metadata.name, right.metadata.type) == ("exact", "string_check")
    assert right.metadata.execution_time >= 0
    assert right.sub_rewards == right.api_model_grader_token_usage_per_model == {}
    assert raised(right.to_dict()) == set()


def test_the_answer_is_what_the_package_says_it_is(client: openai.OpenAI) -> None:
    from openai.types.fine_tuning.alpha import GraderRunResponse

    raw = client.fine_tuning.alpha.graders.with_raw_response.run(grader=QUALITY, model_sample=LIKED)
    GraderRunResponse.model_validate_json(raw.text, strict=True)


def test_the_package_gets_a_judges_score(client: openai.OpenAI) -> None:
    high = client.fine_tuning.alpha.graders.run(grader=QUALITY, model_sample=LIKED)
    low = client.fine_tuning.alpha.graders.run(grader=QUALITY, model_sample="nothing of the kind")
    assert high.reward > 0.9
    assert low.reward < 0.1
    assert high.metadata.sampled_model_name == "gavel-sim"
    renamed: Any = {**QUALITY, "model": "gavel-sim"}
    by_model = client.fine_tuning.alpha.graders.run(grader=renamed, model_sample=LIKED)
    assert by_model.reward == high.reward


def test_the_package_gets_a_formula_over_parts(client: openai.OpenAI) -> None:
    graders: Any = {"exact": EXACT, "quality": {**QUALITY, "range": [0, 4]}}
    grader: Any = {
        "type": "multi",
        "name": "both",
        "graders": graders,
        "calculate_output": "exact + quality / 4",
    }
    found = client.fine_tuning.alpha.graders.run(grader=grader, model_sample=LIKED, item={"answer": LIKED})
    quality = found.sub_rewards["quality"]
    assert isinstance(quality, float)
    assert found.sub_rewards == {"exact": 1.0, "quality": quality} == found.metadata.scores
    assert found.reward == pytest.approx(1 + quality / 4)
    alone: Any = {**grader, "graders": EXACT, "calculate_output": "exact"}
    assert (
        client.fine_tuning.alpha.graders.run(grader=alone, model_sample="x", item={"answer": "x"}).reward
        == 1.0
    )


def test_the_package_validates(client: openai.OpenAI, judge: ServerProcess) -> None:
    before = questions(judge)
    for grader in (EXACT, QUALITY):
        found = client.fine_tuning.alpha.graders.validate(grader=grader).grader
        assert found is not None
        assert found.to_dict() == grader
    assert questions(judge) == before


def test_the_package_is_told_what_is_wrong(client: openai.OpenAI) -> None:
    python: Any = {"type": "python", "name": "code", "source": "def grade(sample, item): return 1"}
    for call in (
        lambda: client.fine_tuning.alpha.graders.validate(grader=python),
        lambda: client.fine_tuning.alpha.graders.run(grader=python, model_sample=""),
    ):
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            call()
        assert refused.value.code == "invalid_field"
        assert "$.grader: this server runs no code" in refused.value.message
        assert "`use: python`" in refused.value.message


async def test_the_asynchronous_package_works_too(server: Served) -> None:
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        found = await client.fine_tuning.alpha.graders.run(
            grader=EXACT, model_sample="a", item={"answer": "a"}
        )
        assert found.reward == 1.0


@pytest.mark.parametrize(
    ("fault", "flag", "cause"),
    [
        ("http503", "model_grader_server_error", "judge_error"),
        ("garbage", "model_grader_parse_error", "judge_garbled"),
    ],
)
def test_p01_a_judge_that_fails_gives_null_and_its_flag(
    fault: str, flag: str, cause: str, tmp_path: Path
) -> None:
    with start_sim(*INSTANT, "--fault", f"{fault}:1") as judge, serve(tmp_path, judge) as served:
        with openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0) as client:
            found = client.fine_tuning.alpha.graders.run(grader=QUALITY, model_sample="in bad times")
        answer: Any = found.to_dict(mode="json")
        assert answer["reward"] is None
        assert raised(answer) == {flag}
        assert answer["metadata"]["cause"] == cause
        assert any(
            line.get("grader") == "score_model" and line["cause"] == cause for line in served.log_lines()
        )


def test_what_was_not_scored_is_tried_again(tmp_path: Path) -> None:
    body = {"grader": QUALITY, "model_sample": LIKED}
    with start_sim(*INSTANT, "--fault", "garbage:1") as judge, serve(tmp_path, judge) as served:
        assert served.client.post(RUN, json=body).json()["reward"] is None
        switch_faults(judge, "")
        until(lambda: served.client.post(RUN, json=body).json()["reward"] is not None)


@pytest.mark.quiet
def test_p12_the_deadline_is_kept(stuck: Served) -> None:
    started = time.monotonic()
    answer = stuck.client.post(f"{RUN}?deadline_s=0.3", json={"grader": QUALITY, "model_sample": "x"}).json()
    assert 0.3 <= time.monotonic() - started < 1.3
    assert (answer["reward"], answer["metadata"]["cause"]) == (None, "deadline")
    assert raised(answer) == {"unresponsive_reward_error"}


def post(connection: Connection, body: bytes) -> None:
    head = f"POST {RUN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.send(head.encode() + body)


def test_p13_a_client_that_leaves_takes_its_judge_call_along(
    stuck: Served, stuck_judge: ServerProcess
) -> None:
    body = json.dumps({"grader": QUALITY, "model_sample": "left alone"}).encode()
    with connect(stuck) as connection:
        post(connection, body)
        until(lambda: in_flight(stuck_judge) == 1)
        connection.abort()
        assert until(lambda: in_flight(stuck_judge) == 0) < 1.0


def test_p20_a_server_that_stops_says_so(stuck_judge: ServerProcess, tmp_path: Path) -> None:
    body = json.dumps({"grader": QUALITY, "model_sample": "to the end"}).encode()
    with serve(tmp_path, stuck_judge, "--drain-s", "0.2", reward=PATIENT_REWARD) as served:
        with connect(served) as connection:
            post(connection, body)
            until(lambda: in_flight(stuck_judge) == 1)
            served.process.process.send_signal(signal.SIGTERM)
            refusal = connection.answer()
        assert (refusal.status, refusal.error) == (503, "draining")
        assert served.process.process.wait(STOP_LIMIT) == 0


def test_p08_a_repeat_is_answered_without_the_judge(client: openai.OpenAI, judge: ServerProcess) -> None:
    first = client.fine_tuning.alpha.graders.run(grader=QUALITY, model_sample="asked twice")
    before = questions(judge)
    again = client.fine_tuning.alpha.graders.run(grader=QUALITY, model_sample="asked twice")
    assert again.to_dict() == first.to_dict()
    assert questions(judge) == before


def test_p23_texts_do_not_reach_the_log(client: openai.OpenAI, server: Served) -> None:
    secret = "zanzibar-7781"
    client.fine_tuning.alpha.graders.run(grader=EXACT, model_sample=secret, item={})
    assert secret not in server.log.read_text(encoding="utf-8")


def test_a_deadline_may_be_given(server: Served) -> None:
    body = {"grader": EXACT, "model_sample": "a", "item": {"answer": "a"}}
    assert server.client.post(f"{RUN}?deadline_s=5", json=body).json()["reward"] == 1.0
    for wrong in ("0", "-1", "nan", "inf", "soon", "3601"):
        refused = server.client.post(f"{RUN}?deadline_s={wrong}", json=body)
        assert refused.status_code == 422
        assert refused.json()["error"]["path"] == "?deadline_s"


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["what"])
def test_recorded_requests_get_what_is_recorded(server: Served, case: dict[str, Any]) -> None:
    response = server.client.post(case["path"], json=case["request"])
    assert response.status_code == case["status"], response.text
    assert shown(response) == case["answer"]


def shown(response: httpx.Response) -> dict[str, Any]:
    """An answer without how long it took, its flags as a list of those that are up."""
    found: dict[str, Any] = response.json()
    if "metadata" in found:
        found["metadata"].pop("execution_time")
        errors = found["metadata"]["errors"]
        found["metadata"]["errors"] = [name for name, value in errors.items() if value not in (False, None)]
    return found


def test_the_page_is_true(server: Served, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = fences("docs/openai-graders.md", "python")
    exec(compile(example.replace("http://127.0.0.1:8900", server.url), "docs/openai-graders.md", "exec"), {})
    reward, parts = capsys.readouterr().out.split(" ", 1)
    assert float(reward) == pytest.approx(0.7 + 0.3 * json.loads(parts.replace("'", '"'))["quality"])
    request, expected = (json.loads(fence) for fence in fences("docs/openai-graders.md", "json"))
    answer = server.client.post(RUN, json=request).json()
    answer["metadata"]["execution_time"] = expected["metadata"]["execution_time"]
    assert answer == expected


def test_a_long_sample_is_unscored_as_anywhere_else(server: Served) -> None:
    body = {"grader": EXACT, "model_sample": "x" * 1_000_001, "item": {"answer": "x"}}
    answer = server.client.post(RUN, json=body).json()
    assert (answer["reward"], answer["metadata"]["cause"]) == (None, "completion_too_long")
    assert answer["metadata"]["errors"]["truncated_observation_error"] is True


def test_hostile_bodies_are_refused_and_cost_little(server: Served) -> None:
    deep = b'{"grader":' + b'{"graders":' * 100_000
    for body in (b"", b"[]", b"{}", deep, b'{"grader": NaN, "model_sample": ""}', b"\xff\xfe"):
        for path in (RUN, VALIDATE):
            response = server.client.post(path, content=body)
            assert response.status_code in (400, 422), body[:40]
            assert set(response.json()["error"]) == {"code", "message", "path", "hint"}


def test_a_lone_surrogate_is_scored_as_a_replacement_character(server: Served) -> None:
    body = json.dumps({"grader": EXACT, "model_sample": "\ud800", "item": {"answer": "\ufffd"}})
    assert server.client.post(RUN, content=body.encode()).json()["reward"] == 1.0
