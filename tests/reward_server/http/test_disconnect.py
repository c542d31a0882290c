"""Promise 13: a client that leaves takes its judge calls with it, within a second."""

import json
from collections.abc import Callable

import pytest

from tests.processes import ServerProcess
from tests.reward_server.http.raw import Connection, connect
from tests.reward_server.http.serving import GOOD, Served, in_flight, judge_state, rollout, until

BODY = json.dumps({"rollouts": [rollout(str(i), f"{GOOD} {i}") for i in range(16)]}).encode()
CALLS = 16 * 3


@pytest.mark.parametrize("leave", [Connection.close, Connection.abort], ids=["close", "reset"])
def test_p13_a_disconnect_cancels_the_judge_calls(
    stuck: Served, stuck_judge: ServerProcess, leave: Callable[[Connection], None]
) -> None:
    cancelled = judge_state(stuck_judge)["requests"].get("cancelled", 0)
    rejected = stuck.metrics("gavel_rollouts_total").get(("test", "rejected"), 0)
    with connect(stuck) as connection:
        connection.post(f"Content-Length: {len(BODY)}", body=BODY)
        until(lambda: in_flight(stuck_judge) == CALLS)
        leave(connection)
        assert until(lambda: in_flight(stuck_judge) == 0) < 1.0
    assert judge_state(stuck_judge)["requests"]["cancelled"] - cancelled == CALLS
    until(lambda: stuck.under_way() == 0)
    assert stuck.metrics("gavel_requests_in_progress_bytes") == {(): 0.0}
    assert stuck.metrics("gavel_rollouts_total")["test", "rejected"] - rejected == 16


def test_p13_one_client_leaving_leaves_the_others_alone(stuck: Served, stuck_judge: ServerProcess) -> None:
    with connect(stuck) as leaving, connect(stuck) as staying:
        for connection in (leaving, staying):
            connection.post(f"Content-Length: {len(BODY)}", body=BODY)
        until(lambda: stuck.under_way() == 2)
        leaving.close()
        until(lambda: stuck.under_way() == 1)
        assert in_flight(stuck_judge) == CALLS
    until(lambda: in_flight(stuck_judge) == 0)


def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_bug(stuck: Served) -> None:
    with connect(stuck) as connection:
        connection.post("Content-Length: 1000000", body=b'{"rollouts": [')
        until(lambda: stuck.under_way() == 1)
        connection.abort()
    until(lambda: stuck.under_way() == 0)
    until(lambda: stuck.metrics("gavel_http_requests_total").get(("/v1/rewards", "499"), 0) > 0)
    assert {line["event"] for line in stuck.log_lines()} <= {"request", "unscored"}
