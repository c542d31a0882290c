"""Split groups over real HTTP: many clients at once, a client that leaves, and `GET /v1/groups`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.reward_server.http.serving import GAVEL, Json, Served, started, until

REWARD = """
name: short
components:
  short: {use: relative_length, correct: {use: text_match}, weight: 0.5}
  right: {use: text_match, weight: 0.5}
groups: {wait_s: 2}
"""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("groups")
    file = directory / "reward.yaml"
    file.write_text(REWARD, encoding="utf-8")
    with started((GAVEL, "serve", str(file), "--port", "0"), directory / "stderr.txt") as served:
        yield served


def rollout(name: str, group: str, tokens: int, size: int | None = 4, text: str = "yes") -> Json:
    return {
        "id": name,
        "group": group,
        "group_size": size,
        "completion": text,
        "ground_truth": "yes",
        "completion_tokens": tokens,
    }


def group_of(name: str) -> list[Json]:
    return [rollout(f"{name}-{number}", name, 100 * number) for number in range(1, 5)]


def scored_alone(served: Served, given: Json) -> Json:
    result: Json = served.score([given])["results"][0]
    return result


EXPECTED = [0.75, 0.75 - 1 / 6, 0.25 + 1 / 6, 0.25]
"""Half of lambda = 0.5, 1/6, -1/6, -0.5, and half of 1 for being right."""


def test_p07_clients_of_one_rollout_get_what_one_client_of_all_would(short: Served) -> None:
    groups = [group_of(f"g{number}") for number in range(16)]
    rollouts = [each for group in zip(*groups, strict=True) for each in group]
    with ThreadPoolExecutor(64) as pool:
        results = list(pool.map(lambda each: scored_alone(short, each), rollouts))
    rewards = {result["id"]: result["reward"] for result in results}
    whole = short.score(group_of("whole"))["rewards"]
    assert whole == pytest.approx(EXPECTED)
    for group in groups:
        assert [rewards[each["id"]] for each in group] == whole
    assert short.metrics("gavel_groups_waiting")[()] == 0


def test_a_client_that_leaves_and_comes_back_is_not_counted_twice(short: Served) -> None:
    first, *rest = group_of("left")
    with pytest.raises(httpx.ReadTimeout):
        short.client.post("/v1/rewards", json={"rollouts": [first]}, timeout=0.1)
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(scored_alone, short, first)
        others = short.score(rest)["rewards"]
        assert [again.result()["reward"], *others] == pytest.approx(EXPECTED)


def test_an_incomplete_group_is_null_and_counted(short: Served) -> None:
    before = short.metrics("gavel_incomplete_groups_total").get(("short",), 0)
    answer = short.score(group_of("part")[:3])
    assert answer["rewards"] == [None] * 3
    assert {result["cause"] for result in answer["results"]} == {"group_incomplete"}
    assert [result["components"]["right"]["value"] for result in answer["results"]] == [1.0] * 3
    assert short.metrics("gavel_incomplete_groups_total")[("short",)] == before + 1


def test_a_relative_function_says_so_and_refuses_groups_of_unknown_size(short: Served) -> None:
    described = short.client.get("/v1/rewards/short").json()
    assert (described["relative"], described["questions"]) == (True, 0)
    error = short.refusal({"rollouts": [rollout("x", "unknown", 1, None)]}, 422)
    assert (error["code"], error["path"]) == ("invalid_field", "$.rollouts[0].group_size")
    assert "`short`" in error["message"]


def test_the_means_of_a_group_are_there_for_who_sent_a_part_of_it(short: Served) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: scored_alone(short, each), group_of("asked")))
    answer = short.client.get("/v1/groups", params={"reward": "short", "id": "asked", "wait_s": 30}).json()
    assert answer["mean"]["reward"] == pytest.approx(0.5)
    assert answer["mean"]["components"] == {"short": pytest.approx(0.0), "right": 1.0}
    del answer["mean"]
    assert answer == {
        "id": "asked",
        "reward_name": "short",
        "size": 4,
        "arrived": 4,
        "scored": 4,
        "complete": True,
    }


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("id=nobody", 404, "not_found"),
        ("reward=short", 422, "invalid_field"),
        ("id=", 422, "invalid_field"),
        ("id=x&wait_s=soon", 422, "invalid_field"),
        ("id=x&wait_s=nan", 422, "invalid_field"),
        ("id=x&wait_s=601", 422, "invalid_field"),
        ("id=x&wait=1", 422, "invalid_field"),
        ("id=x&reward=other", 422, "unknown_reward"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(short: Served, query: str, status: int, code: str) -> None:
    response = short.client.get(f"/v1/groups?{query}")
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_p20_a_draining_server_keeps_nobody_waiting_for_a_group(tmp_path: Path) -> None:
    file = tmp_path / "reward.yaml"
    file.write_text(REWARD.replace("wait_s: 2", "wait_s: 60"), encoding="utf-8")
    command = (GAVEL, "serve", str(file), "--port", "0", "--drain-s", "0.2")
    with started(command, tmp_path / "stderr.txt") as served, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(served.score, [rollout("x", "g", 1)])
        until(lambda: served.metrics("gavel_groups_waiting")[()] == 1)
        served.process.process.terminate()
        [result] = waiting.result()["results"]
        assert result["cause"] == "shutdown"
        assert served.process.process.wait(10) == 0
