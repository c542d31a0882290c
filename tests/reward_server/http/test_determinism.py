"""Promise 7: the same request gives byte-identical rewards, whatever is around it."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.processes import ServerProcess
from tests.reward_server.http.serving import REWARD, Json, Served, batch, serve


def by_id(*answers: Json) -> dict[str, str]:
    """Each result as its bytes, by its rollout's id."""
    return {result["id"]: json.dumps(result) for answer in answers for result in answer["results"]}


@pytest.fixture(scope="module")
def expected(server: Served) -> dict[str, str]:
    return by_id(server.score(batch(), detail="verdicts"))


@pytest.mark.parametrize("seed", range(4))
def test_p07_permuted_rollouts_get_the_same_results(
    server: Served, expected: dict[str, str], seed: int
) -> None:
    rollouts = batch()
    random.Random(seed).shuffle(rollouts)
    answer = server.score(rollouts, detail="verdicts")
    assert by_id(answer) == expected
    ordered = server.score(batch(), detail="verdicts")
    assert json.dumps(answer["summary"]["reward"]) == json.dumps(ordered["summary"]["reward"])
    assert json.dumps(answer["summary"]["components"]) == json.dumps(ordered["summary"]["components"])


def test_p07_whole_groups_may_be_split_over_requests(server: Served, expected: dict[str, str]) -> None:
    rollouts = batch()
    parts = [[sent for sent in rollouts if sent["group"] == f"g{number}"] for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(lambda part: server.score(part, detail="verdicts"), parts)
    assert by_id(*answers) == expected


@pytest.mark.parametrize(("hash_seed", "concurrency"), [("0", 1), ("1", 7), ("4242", 64)])
def test_p07_another_process_gives_the_same_results(
    judge: ServerProcess, tmp_path: Path, expected: dict[str, str], hash_seed: str, concurrency: int
) -> None:
    reward = REWARD.replace("max_concurrency: 64", f"max_concurrency: {concurrency}")
    with serve(tmp_path, judge, reward=reward, environment={"PYTHONHASHSEED": hash_seed}) as served:
        assert by_id(served.score(batch(), detail="verdicts")) == expected
