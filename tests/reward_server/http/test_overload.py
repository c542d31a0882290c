"""Promise 14: a full server says so at once, and a place that is given up is free again."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.processes import ServerProcess
from tests.reward_server.http.raw import connect
from tests.reward_server.http.serving import GOOD, PATIENT_REWARD, Served, batch, rollout, serve, until

BODY = json.dumps({"rollouts": [rollout("r", GOOD)]}).encode()
BARE = {"rollouts": [rollout("r", "", completion="bare")]}
"""Needs no judge, so it is answered even by a server whose judge is stuck."""


@pytest.fixture(scope="module")
def narrow(stuck_judge: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that answers two requests at once, of ten rollouts at most, over a judge that is stuck."""
    options = ("--max-requests", "2", "--max-rollouts", "10")
    with serve(tmp_path_factory.mktemp("narrow"), stuck_judge, *options, reward=PATIENT_REWARD) as served:
        yield served


def test_p14_one_request_too_many_is_refused_at_once(narrow: Served) -> None:
    assert narrow.post(BARE).status_code == 200
    with ExitStack() as stack:
        for connection in [stack.enter_context(connect(narrow)) for _ in range(2)]:
            connection.post(f"Content-Length: {len(BODY)}", body=BODY)
        until(lambda: narrow.under_way() == 2)
        seconds = []
        for _ in range(20):
            started = time.monotonic()
            response = narrow.post(BARE)
            seconds.append(time.monotonic() - started)
            assert response.status_code == 429
            assert response.headers["retry-after"] == "1"
            error = response.json()["error"]
            assert (error["code"], error["message"]) == ("overloaded", "full: 2 requests are under way")
        assert sorted(seconds)[10] < 0.05
        assert narrow.client.get("/readyz").status_code == 200
    until(lambda: narrow.under_way() == 0)
    assert narrow.post(BARE).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"{}", 422), (json.dumps({"rollouts": batch(4)}).encode(), 413)],
)
def test_p14_a_refused_request_gives_its_place_back(narrow: Served, body: bytes, status: int) -> None:
    for _ in range(5):
        assert narrow.post(body).status_code == status
    assert narrow.under_way() == 0
    assert narrow.metrics("gavel_requests_in_progress_bytes") == {(): 0.0}


def test_too_many_rollouts_are_refused_as_a_whole(narrow: Served) -> None:
    error = narrow.refusal({"rollouts": batch(3)}, 413)
    assert (error["code"], error["path"]) == ("too_many_rollouts", "$.rollouts")
    assert error["message"] == "12 rollouts; this server takes 10"


def test_p22_accepted_is_scored_and_unscored_and_rejected(narrow: Served) -> None:
    narrow.score([*batch(1)[3:], rollout("lost", "", completion="bare", ground_truth=None)])
    narrow.score([rollout("late", GOOD)], deadline_s=0.1)
    narrow.refusal({"rollouts": [rollout("twice", GOOD)] * 2}, 422)
    with connect(narrow) as connection:
        connection.post(f"Content-Length: {len(BODY)}", body=BODY)
        until(lambda: narrow.under_way() == 1)
    until(lambda: narrow.under_way() == 0)
    accepted = narrow.metrics("gavel_accepted_rollouts_total")["test",]
    became = narrow.metrics("gavel_rollouts_total")
    assert set(became) == {("test", "scored"), ("test", "unscored"), ("test", "rejected")}
    assert all(became.values())
    assert accepted == sum(became.values())
    causes = narrow.metrics("gavel_unscored_rollouts_total")
    assert sum(causes.values()) == became["test", "unscored"]
