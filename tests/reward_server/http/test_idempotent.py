"""Promise 8: a batch sent twice, under one key or with none, is judged once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.processes import ServerProcess, start_sim
from tests.reward_server.http.raw import Connection, connect
from tests.reward_server.http.serving import (
    GOOD,
    Json,
    Served,
    batch,
    in_flight,
    questions,
    rollout,
    serve,
    until,
)

HELD = 48


@pytest.fixture(scope="module")
def slow_judge() -> Iterator[ServerProcess]:
    """A judge that takes 0.3 s for a call."""
    with start_sim("--ttft", "0.3", "--prefill-tps", "0", "--decode-tps", "0") as process:
        yield process


@pytest.fixture(scope="module")
def slow(slow_judge: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("slow"), slow_judge) as served:
        yield served


def test_p08_the_same_key_and_body_get_the_same_bytes_and_no_judge_call(
    server: Served, judge: ServerProcess
) -> None:
    first = server.post({"rollouts": batch(1)}, Idempotency_Key="same")
    asked = questions(judge)
    second = server.post({"rollouts": batch(1)}, Idempotency_Key="same")
    assert second.content == first.content
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert questions(judge) == asked
    anew = server.post({"rollouts": batch(1)})
    assert anew.content != first.content  # timing differs
    assert questions(judge) > asked


def test_p08_the_same_key_with_another_body_is_a_422(server: Served) -> None:
    assert server.post({"rollouts": batch(1)}, Idempotency_Key="other").status_code == 200
    error = server.refusal({"rollouts": batch(2)}, 422, Idempotency_Key="other")
    assert error["code"] == "idempotency_conflict"
    assert server.post({"rollouts": batch(1)}, Idempotency_Key="other").status_code == 200


def test_p08_concurrent_duplicates_join_the_one_under_way(slow: Served, slow_judge: ServerProcess) -> None:
    asked = questions(slow_judge)
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda _: slow.post({"rollouts": batch(1)}, Idempotency_Key="joined"), range(4))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert questions(slow_judge) - asked == 9  # three criteria for each of the three well-formed rollouts


def test_p08_a_conflict_is_found_while_the_first_is_under_way(slow: Served) -> None:
    with duplicate(slow, "busy", rollouts=1) as first:
        until(lambda: slow.under_way() == 1)
        error = slow.refusal({"rollouts": batch(2)}, 422, Idempotency_Key="busy")
        assert error["code"] == "idempotency_conflict"
        assert first.answer().status == 200


def test_p08_an_error_is_not_stored(server: Served) -> None:
    for _ in range(2):
        assert server.post({"rollouts": []}, Idempotency_Key="mended").status_code == 422
    assert server.post({"rollouts": batch(1)}, Idempotency_Key="mended").status_code == 200


@contextmanager
def duplicate(server: Served, key: str, rollouts: int = 16) -> Iterator[Connection]:
    """Send a batch under a key without waiting for the answer."""
    body = json.dumps({"rollouts": [rollout(str(i), f"{GOOD} {i}") for i in range(rollouts)]}).encode()
    with connect(server) as connection:
        connection.post(f"Content-Length: {len(body)}", f"Idempotency-Key: {key}", body=body)
        yield connection


def test_p08_a_duplicate_that_leaves_does_not_take_the_other_along(slow: Served) -> None:
    with duplicate(slow, "left") as first, duplicate(slow, "left") as second:
        until(lambda: slow.under_way() == 2)
        first.abort()
        until(lambda: slow.under_way() == 1)
        answer = second.answer()
        assert answer.status == 200
        assert None not in json.loads(answer.body)["rewards"]


def test_p08_when_all_have_left_the_work_is_cancelled(stuck: Served, stuck_judge: ServerProcess) -> None:
    with duplicate(stuck, "gone") as first, duplicate(stuck, "gone") as second:
        until(lambda: stuck.under_way() == 2 and in_flight(stuck_judge) == HELD)
        first.abort()
        until(lambda: stuck.under_way() == 1)
        assert in_flight(stuck_judge) == HELD
        second.abort()
        until(lambda: in_flight(stuck_judge) == 0, within=1.0)
    with duplicate(stuck, "gone"):  # a new try, not the cancelled one
        until(lambda: in_flight(stuck_judge) == HELD)
    until(lambda: in_flight(stuck_judge) == 0, within=1.0)


@pytest.mark.parametrize("key", ["", "x" * 257])
def test_an_idempotency_key_is_short_and_printable(server: Served, key: str) -> None:
    error = server.refusal({"rollouts": batch(1)}, 422, Idempotency_Key=key)
    assert (error["code"], error["path"]) == ("invalid_field", "Idempotency-Key")


KEPT = {"Cache_Control": ""}
"""What a client sends that does not ask for a fresh answer."""


def test_p08_equal_bodies_without_a_key_get_the_same_bytes_and_no_judge_call(
    server: Served, judge: ServerProcess
) -> None:
    body: Json = {"rollouts": [rollout("content", GOOD)]}
    first = server.post(body, **KEPT)
    asked, repeated = questions(judge), server.metrics("gavel_repeated_requests_total").get(("content",), 0)
    assert server.post(body, **KEPT).content == first.content
    assert questions(judge) == asked
    assert server.metrics("gavel_repeated_requests_total")["content",] == repeated + 1
    assert server.post(body, Cache_Control="no-cache").content != first.content
    assert questions(judge) > asked


def test_p08_equal_bodies_in_flight_are_joined(slow: Served, slow_judge: ServerProcess) -> None:
    asked = questions(slow_judge)
    body: Json = {"rollouts": [rollout("in-flight", GOOD)]}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: slow.post(body, **KEPT), range(4)))
    assert len({answer.content for answer in answers}) == 1
    assert questions(slow_judge) - asked == 3


def test_p08_an_answer_with_a_gap_is_asked_for_again(server: Served) -> None:
    lacking = {"rollouts": [rollout("gap", GOOD, ground_truth=None)]}
    first = server.post(lacking, **KEPT)
    assert first.json()["rewards"] == [None]
    assert server.post(lacking, **KEPT).content != first.content


def test_p08_another_body_is_another_question(server: Served) -> None:
    first, second = (
        server.post({"rollouts": [rollout(name, GOOD)]}, **KEPT).json()["results"][0]["id"]
        for name in ("one", "two")
    )
    assert (first, second) == ("one", "two")
