"""The dialects go the way of every batch: answered once, in time, and not at all when the client leaves."""

import time

import httpx
import pytest

from tests.processes import ServerProcess
from tests.reward_server.http.serving import (
    GOOD,
    Json,
    Served,
    in_flight,
    questions,
    until,
)

COMPLETION = f'<think>\n{GOOD}\n</think>\n{{"label": "spam"}}'
ANEW = {"Cache-Control": "no-cache"}
KEPT = {"Cache-Control": ""}


def row(label: object, prompt: str = "p") -> Json:
    part = {"type": "output_text", "text": COMPLETION, "annotations": []}
    message = {"type": "message", "role": "assistant", "content": [part]}
    response = {"id": "r", "object": "response", "output": [message]}
    return {"responses_create_params": {"input": prompt}, "response": response, "ground_truth": label}


def body(path: str, label: object = "spam", prompt: str = "p") -> Json:
    """A good completion in the dialect of a path."""
    if path.startswith("/openrlhf"):
        return {"query": [prompt + COMPLETION], "prompts": [prompt], "labels": [label]}
    if path.startswith("/slime"):
        return {"prompt": prompt, "response": COMPLETION, "label": label}
    if path.startswith("/azure"):
        return {"sample": {"output_text": COMPLETION}, "item": {"prompt": prompt, "answer": label}}
    return row(label, prompt)


def post(served: Served, path: str, label: object = "spam", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return served.client.post(path, json=body(path, label), headers=named)


SCORING = ("/openrlhf", "/slime", "/azure", "/nemo-gym/verify", "/verify")
each_dialect = pytest.mark.parametrize("path", SCORING)


@each_dialect
def test_p08_a_retry_costs_no_judge_call(server: Served, judge: ServerProcess, path: str) -> None:
    fresh = body(path, prompt=f"retried at {path}")
    first = server.client.post(path, json=fresh, headers=KEPT)
    assert first.status_code == 200, first.text
    asked = questions(judge)
    assert server.client.post(path, json=fresh, headers=KEPT).content == first.content
    assert questions(judge) == asked
    server.client.post(path, json=fresh, headers=ANEW)
    assert questions(judge) > asked


def test_p08_another_setting_is_another_question(server: Served) -> None:
    answers = {
        post(server, f"/slime{query}", Cache_Control="").content for query in ("", "?reward_key=score")
    }
    assert len(answers) == 2


@pytest.mark.parametrize(
    ("path", "status"),
    [("/openrlhf", 503), ("/slime", 503), ("/azure", 503), ("/verify", 200), ("/verify?unscored=fail", 503)],
)
@pytest.mark.quiet
def test_p12_what_is_late_is_a_failure_or_a_masked_zero(stuck: Served, path: str, status: int) -> None:
    started = time.monotonic()
    response = post(stuck, path, X_Gavel_Deadline_S="0.5")
    assert time.monotonic() - started < 0.5 + 0.5
    assert response.status_code == status
    if status == 503:
        assert response.json()["error"]["code"] == "batch_unscored"
        assert response.json()["error"]["message"] == "the rollout could not be scored (deadline)"
        assert response.headers["retry-after"] == "1"
    else:
        assert response.json()["instance_config"] == {"mask_sample": True}
        assert response.json()["failure_reason"].startswith("deadline")


def test_an_answer_verified_again_says_nothing_of_the_verdict_before(server: Served) -> None:
    sent = row("spam", "verified twice") | {"instance_config": {"mask_sample": True, "kept": 1}}
    first = server.client.post("/verify", json=sent).json()
    assert first["component_accuracy"] == 1.0
    assert first["instance_config"] == sent["instance_config"]  # a mask of the dataset's own is left alone
    lost = server.client.post("/verify", json=first | {"ground_truth": None}).json()
    assert (lost["reward"], lost["mask_sample"]) == (0.0, True)
    assert "component_accuracy" not in lost
    assert lost["component_format"] == 1.0
    again = server.client.post("/verify", json=lost | {"ground_truth": "spam"}).json()
    assert (again["mask_sample"], again["instance_config"]) == (False, {"kept": 1})
    assert not {"_ng_failure_class", "failure_kind", "failure_reason"} & again.keys()


@each_dialect
def test_p13_a_client_that_leaves_takes_its_judge_calls_along(
    stuck: Served, stuck_judge: ServerProcess, path: str
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        stuck.client.post(path, json=body(path), timeout=0.5)
    until(lambda: in_flight(stuck_judge) == 0, within=1.0)


def test_a_stand_in_is_counted_and_the_sum_of_rollouts_holds(server: Served) -> None:
    before = server.metrics("gavel_stand_ins_total").get(("openrlhf", "test"), 0)
    response = post(server, "/openrlhf?unscored=0", None)
    assert response.json()["rewards"] == [0.0]
    assert response.json()["extra_logs"]["unscored"] == [1.0]
    assert server.metrics("gavel_stand_ins_total")["openrlhf", "test"] == before + 1
    assert post(server, "/openrlhf", None).status_code == 503
    assert server.metrics("gavel_stand_ins_total")["openrlhf", "test"] == before + 1
    counted = server.metrics("gavel_rollouts_total")
    assert sum(counted.values()) == sum(server.metrics("gavel_accepted_rollouts_total").values())


@each_dialect
def test_a_reward_function_has_a_path(server: Served, path: str) -> None:
    named = "/nemo-gym/{}/verify" if path.endswith("verify") else f"{path}/{{}}"
    assert post(server, named.format("test")).status_code == 200
    missing = post(server, named.format("tset"))
    assert missing.status_code == 404
    assert missing.json()["error"]["hint"] == "did you mean `test`?"
