"""Promise 20: SIGTERM is not ready at once, polite to newcomers, patient with the rest, and exits 0."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.processes import STOP_LIMIT, ServerProcess, start_sim
from tests.reward_server.http.raw import Connection, connect
from tests.reward_server.http.serving import GOOD, PATIENT_REWARD, Served, in_flight, rollout, serve, until

BODY = json.dumps({"rollouts": [rollout("judged", GOOD), rollout("bare", "", completion="bare")]}).encode()


@contextmanager
def under_way(server: Served) -> Iterator[Connection]:
    """Send a batch that waits for its judge."""
    with connect(server) as connection:
        connection.post(f"Content-Length: {len(BODY)}", body=BODY)
        until(lambda: server.under_way() == 1)
        yield connection


def is_draining(server: Served) -> bool:
    return server.client.get("/readyz").status_code == 503


def exit_status(server: Served) -> int:
    return server.process.process.wait(STOP_LIMIT)


@pytest.fixture
def served(stuck_judge: ServerProcess, tmp_path: Path) -> Iterator[Served]:
    """A server of its own over the stuck judge."""
    with serve(tmp_path, stuck_judge, reward=PATIENT_REWARD) as server:
        yield server


def test_p20_requests_under_way_are_answered_and_new_ones_refused(tmp_path: Path) -> None:
    with (
        start_sim("--ttft", "1.5", "--prefill-tps", "0") as judge,
        serve(tmp_path, judge) as served,
        httpx.Client(base_url=served.url, trust_env=False) as idle,
    ):
        assert idle.get("/readyz").json() == {"status": "ready"}
        with under_way(served) as connection:
            served.process.process.send_signal(signal.SIGTERM)
            until(lambda: is_draining(served))
            assert idle.get("/readyz").json() == {"status": "draining"}  # on a connection that was idle
            with connect(served) as newcomer:  # on a new connection
                newcomer.post(f"Content-Length: {len(BODY)}", body=BODY)
                refusal = newcomer.answer()
            assert (refusal.status, refusal.error) == (503, "draining")
            assert refusal.headers["retry-after"] == "1"
            assert served.client.get("/healthz").status_code == 200
            answer = connection.answer()
        assert answer.status == 200
        assert None not in json.loads(answer.body)["rewards"]
        assert exit_status(served) == 0


def test_p20_an_idle_server_stops_at_once(served: Served) -> None:
    with connect(served):  # an idle connection does not hold it up
        started = time.monotonic()
        assert served.process.stop() == 0
        assert time.monotonic() - started < 2


def test_p20_what_is_not_finished_in_time_is_null_with_its_cause(
    stuck_judge: ServerProcess, tmp_path: Path
) -> None:
    with serve(tmp_path, stuck_judge, "--drain-s", "0.3", reward=PATIENT_REWARD) as served:
        with under_way(served) as connection:
            served.process.process.send_signal(signal.SIGTERM)
            expect_nulls(connection)
        assert exit_status(served) == 0
    until(lambda: in_flight(stuck_judge) == 0)


def expect_nulls(connection: Connection) -> None:
    answer = connection.answer()
    assert answer.status == 200
    judged, bare = json.loads(answer.body)["results"]
    assert (judged["reward"], judged["cause"]) == (None, "shutdown")
    assert judged["components"]["rubric"]["cause"] == "shutdown"
    assert judged["components"]["accuracy"]["value"] == 1.0
    assert bare["components"]["accuracy"]["value"] == 0.0


def test_p20_a_second_signal_answers_at_once(served: Served) -> None:
    with under_way(served) as connection:
        served.process.process.send_signal(signal.SIGTERM)
        until(lambda: is_draining(served))
        served.process.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        expect_nulls(connection)
        assert time.monotonic() - started < 1
    assert exit_status(served) == 0


def test_p20_sigint_drains_too_and_exits_130(served: Served) -> None:
    with under_way(served) as connection:
        served.process.process.send_signal(signal.SIGINT)
        until(lambda: is_draining(served))
        served.process.process.send_signal(signal.SIGINT)
        expect_nulls(connection)
    assert exit_status(served) == 130


def test_p20_a_client_that_is_still_sending_is_told_to_go_elsewhere(
    stuck_judge: ServerProcess, tmp_path: Path
) -> None:
    with serve(tmp_path, stuck_judge, "--drain-s", "0.1", reward=PATIENT_REWARD) as served:
        with connect(served) as connection:
            connection.post("Content-Length: 1000", body=b"{")
            until(lambda: served.under_way() == 1)
            served.process.process.send_signal(signal.SIGTERM)
            answer = connection.answer()
        assert (answer.status, answer.error) == (503, "draining")
        assert exit_status(served) == 0
    assert {line["event"] for line in served.log_lines()} <= {"request"}
