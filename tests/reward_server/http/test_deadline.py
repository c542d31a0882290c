"""Promise 12: an answer by the deadline plus 250 ms, with null for what was not reached and the cause."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ServerProcess, start_sim
from tests.reward_server.http.serving import (
    GOOD,
    INSTANT,
    PATIENT_REWARD,
    Json,
    Served,
    batch,
    rollout,
    serve,
)

GRACE_S = 0.25

pytestmark = pytest.mark.quiet


@pytest.fixture(scope="module")
def silent_judge() -> Iterator[ServerProcess]:
    """A judge that accepts every call and never answers one."""
    with start_sim(*INSTANT, "--fault", "timeout:1.0") as process:
        yield process


@pytest.fixture(scope="module")
def silent(silent_judge: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    options = ("--deadline-s", "0.4")
    with serve(tmp_path_factory.mktemp("silent"), silent_judge, *options, reward=PATIENT_REWARD) as served:
        served.score([rollout("warm", "", completion="")])
        yield served


def answered_in(server: Served, request: Json, limit_s: float) -> tuple[float, Json]:
    """Seconds to an answer, and the answer; the third where two were late, as the machine may be busy."""
    body = json.dumps(request).encode()
    for _ in range(3):
        started = time.monotonic()
        response = server.post(body)
        seconds = time.monotonic() - started
        if seconds < limit_s:
            break
    answer: Json = response.json()
    return seconds, answer


@pytest.mark.parametrize("deadline_s", [0.3, 1.0, None])
def test_p12_a_silent_judge_is_waited_for_until_the_deadline(
    silent: Served, deadline_s: float | None
) -> None:
    fields = {} if deadline_s is None else {"deadline_s": deadline_s}
    limit_s = (deadline_s or 0.4) + GRACE_S
    seconds, response = answered_in(silent, {"rollouts": batch(), **fields}, limit_s)
    assert (deadline_s or 0.4) <= seconds < limit_s
    for result in response["results"]:
        if result["id"].endswith("-bare"):  # its gate is closed, so no judge is asked
            assert result["reward"] == 0.0
        else:
            assert (result["reward"], result["cause"]) == (None, "deadline")
            assert result["components"]["rubric"]["cause"] == "deadline"
            assert result["components"]["format"]["value"] == 1.0


def test_p12_1024_rollouts_are_answered_in_time(silent: Served) -> None:
    rollouts = [rollout(str(i), f"{GOOD} {i} " + "word " * 800, group=f"g{i // 16}") for i in range(1024)]
    request = {"rollouts": rollouts, "deadline_s": 1.0, "detail": "verdicts"}
    seconds, answer = answered_in(silent, request, 1.0 + GRACE_S)
    assert seconds < 1.0 + GRACE_S
    assert answer["rewards"] == [None] * 1024
    assert answer["summary"]["unscored"] == {"deadline": 1024}


def test_p12_what_was_reached_before_the_deadline_is_kept(tmp_path: Path) -> None:
    # One call at a time, 0.1 s each: three criteria a rollout, so a few of 16 rollouts are judged in time.
    options = ("--ttft", "0.1", "--prefill-tps", "0", "--slots", "1")
    with start_sim(*options) as judge, serve(tmp_path, judge, reward=PATIENT_REWARD) as served:
        rollouts = [rollout(str(i), f"{GOOD} {i}") for i in range(16)]
        complete = served.score(rollouts[:1])["rewards"][0]
        answer = served.score(rollouts, deadline_s=1.5)
    rewards = answer["rewards"]
    reached = [reward for reward in rewards if reward is not None]
    assert 0 < len(reached) < 16
    assert reached == [complete] * len(reached)
    assert {result["cause"] for result in answer["results"] if result["reward"] is None} == {"deadline"}


def test_p12_components_that_need_no_judge_are_not_held_up(
    silent: Served, silent_judge: ServerProcess
) -> None:
    started = time.monotonic()
    answer = silent.score([rollout(str(i), "", completion="bare") for i in range(100)], deadline_s=30)
    assert time.monotonic() - started < 1.0
    assert answer["rewards"] == [0.0] * 100
