"""Promise 1 over the whole path: a failed verdict is never a number, and never touches its neighbours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judges.sim.faults import FaultKind
from rubrics.cause import Cause
from tests.processes import ServerProcess, start_sim
from tests.reward_server.http.serving import (
    GOOD,
    INSTANT,
    REWARD,
    Json,
    Served,
    rollout,
    serve,
    switch_faults,
)

IMPATIENT = REWARD.replace("timeout_s: 5", "timeout_s: 0.3\n    attempts: 2")
# A reply that cannot be trusted closes its connection, which another call may have taken over by then.
CAUSES = {
    FaultKind.TIMEOUT: {"judge_timeout"},
    FaultKind.HTTP500: {"judge_error"},
    FaultKind.HTTP429: {"judge_rate_limited", "deadline"},  # all calls wait for as long as it asked
    FaultKind.HTTP503: {"judge_error"},
    FaultKind.GARBAGE: {"judge_garbled", "judge_abstained", "content_breaks_judge"},
    FaultKind.EMPTY: {"judge_garbled", "judge_unreachable"},
    FaultKind.HTML: {"judge_garbled", "judge_unreachable"},
    FaultKind.TRUNCATED: {"judge_unreachable", "judge_garbled"},
    FaultKind.DISCONNECT: {"judge_unreachable"},
    FaultKind.DRIP: {"judge_timeout"},
    FaultKind.WRONG_ID: {"judge_mismatched", "judge_unreachable"},
    FaultKind.ABSTAIN: {"judge_abstained"},
    FaultKind.REFUSAL: {"judge_refused", "content_breaks_judge"},
}


@pytest.fixture(scope="module")
def faulty() -> Iterator[ServerProcess]:
    with start_sim(*INSTANT) as process:
        yield process


@pytest.fixture(scope="module")
def served(faulty: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("faulty"), faulty, reward=IMPATIENT) as server:
        yield server


def rollouts(count: int = 16) -> list[Json]:
    return [rollout(str(i), f"{GOOD} {'unlucky ' * (i % 4)}", group=f"g{i // 8}") for i in range(count)]


@pytest.fixture(scope="module")
def healthy(served: Served, faulty: ServerProcess) -> list[Json]:
    switch_faults(faulty, "")
    results: list[Json] = served.score(rollouts(), detail="verdicts")["results"]
    assert all(result["reward"] is not None for result in results)
    return results


def check(results: list[Json], healthy: list[Json], causes: set[str]) -> set[str]:
    """Hold each result to the law; the causes that were found."""
    found = set()
    for result, good in zip(results, healthy, strict=True):
        if result["reward"] is None:
            assert result["status"] == "unscored"
            assert result["cause"] in causes
            assert result["components"]["rubric"]["value"] is None
            found.add(result["cause"])
        else:
            assert result == good
        for name in ("accuracy", "format", "length"):
            assert result["components"][name] == good["components"][name]
        for verdict, other in zip(result["verdicts"], good["verdicts"], strict=True):
            assert verdict == other or (verdict["value"] is None and verdict["cause"])
    return found


@pytest.mark.parametrize("kind", FaultKind)
def test_p01_a_judge_that_always_fails_leaves_nulls(
    served: Served, faulty: ServerProcess, healthy: list[Json], kind: FaultKind
) -> None:
    switch_faults(faulty, f"{kind}:1")
    deadline_s = 3 if kind is FaultKind.HTTP429 else 10  # which ends a wait for as long as the judge asks
    answer = served.score(rollouts(), detail="verdicts", deadline_s=deadline_s)
    switch_faults(faulty, "")
    assert answer["rewards"] == [None] * 16
    assert check(answer["results"], healthy, CAUSES[kind])


def test_p01_every_fault_at_once_costs_some_rollouts_and_bends_none(
    served: Served, faulty: ServerProcess, healthy: list[Json]
) -> None:
    switch_faults(faulty, ",".join(f"{kind}:0.03" for kind in FaultKind))
    results = served.score(rollouts(), detail="verdicts", deadline_s=20)["results"]
    switch_faults(faulty, "")
    check(results, healthy, {cause.value for cause in Cause})
    statuses = {result["status"] for result in results}
    assert statuses == {"scored", "unscored"}


def test_p01_the_next_batch_of_a_recovered_judge_is_whole(
    served: Served, faulty: ServerProcess, healthy: list[Json]
) -> None:
    switch_faults(faulty, "")
    results = served.score(rollouts(), detail="verdicts")["results"]
    assert results == healthy


def test_p01_fail_batch_refuses_the_whole_batch(faulty: ServerProcess, tmp_path: Path) -> None:
    with serve(tmp_path, faulty, reward=f"{IMPATIENT}on_unscored: fail_batch\n") as strict:
        switch_faults(faulty, "http500:1")
        response = strict.post({"rollouts": rollouts(2)})
        switch_faults(faulty, "")
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert response.json()["error"]["code"] == "batch_unscored"
        assert "judge_error" in response.json()["error"]["message"]
        assert strict.metrics("gavel_rollouts_total")["test", "rejected"] == 2
        assert None not in strict.score(rollouts(2))["rewards"]
