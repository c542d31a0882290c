"""Load tests of a real reward server, over real HTTP."""

from collections import Counter
from collections.abc import Iterator

import pytest

from reward_server.load.driver import drive
from reward_server.load.record import Run
from reward_server.load.reward_client import answer
from reward_server.load.reward_target import RewardTarget
from reward_server.load.schedule import Schedule
from reward_server.load.workload.requests import made_up_rollouts
from reward_server.load.workload.texts import Sizes
from reward_server.wire.native import RolloutRequest
from rubrics.problems import ConfigError
from tests.processes import ServerProcess, start_server, start_sim
from tests.reward_server.http.serving import GAVEL

RUBRIC = """\
schema: rubric/v1
id: r
criteria:
  - {id: fair, ask: The text is fair.}
  - {id: clear, ask: The text is clear.}
"""
REWARD = """\
name: test
components:
  rubric: {{use: rubric, rubric: rubric.yaml}}
judges:
  default: {{use: openai, base_url: "{url}", model: gavel-sim}}
"""
GROUPS = made_up_rollouts(Sizes(group=20, rollout=20), 4, 0)
TOKEN = {"GAVEL_TOKEN": "a-token"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("reward")
    more = {**TOKEN, "GAVEL_CACHE_DIR": str(folder)}
    with start_sim("--ttft", "0.01", "--prefill-tps", "0") as judge:
        (folder / "rubric.yaml").write_text(RUBRIC)
        (folder / "reward.yaml").write_text(REWARD.format(url=judge.base_url))
        command = (GAVEL, "serve", str(folder / "reward.yaml"), "--port", "0", "--log-level", "error")
        with start_server(*command, environment=more) as process:
            yield process


async def burst(server: ServerProcess, groups: list[list[RolloutRequest]], batch: int = 1) -> Run:
    target = RewardTarget(server.base_url, groups, batch=batch)
    return await drive(target, Schedule(shape="burst", loads=[24], repeats=2, warmup_s=0.0))


async def test_groups_are_scored(server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_TOKEN", "a-token")
    found = await burst(server, GROUPS)
    assert [record.rollouts for record in found.records] == [4] * 12
    assert {record.cause for record in found.records} == {None}
    assert {record.verdicts for record in found.records} == {8}  # each rollout's two statements
    assert {record.unscored for record in found.records} == {0}
    assert found.target.kind == "reward"
    assert found.target.group_size == 4
    for record in found.records:
        assert record.server_s is not None
        assert record.judge_s is not None
        assert 0.01 <= record.judge_s <= record.server_s <= record.done - record.sent


async def test_nothing_comes_out_of_the_cache_of_verdicts(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAVEL_TOKEN", "a-token")
    found = await burst(server, GROUPS[:1])  # one group again and again, under new marks
    assert all(record.judge_s and record.judge_s >= 0.01 for record in found.records)


async def test_several_groups_travel_in_one_request(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAVEL_TOKEN", "a-token")
    found = await burst(server, GROUPS, batch=3)
    assert [record.rollouts for record in found.records] == [12] * 4


async def test_a_missing_token_is_told(server: ServerProcess) -> None:
    found = await burst(server, GROUPS)
    assert Counter(record.cause for record in found.records) == {"http_401": 12}
    assert {record.unscored for record in found.records} == {4}


async def test_a_server_that_is_not_there_is_told() -> None:
    target = RewardTarget("http://127.0.0.1:9", GROUPS)
    found = await drive(target, Schedule(shape="burst", loads=[4], warmup_s=0.0))
    assert [record.cause for record in found.records] == ["server_unreachable"]


def test_no_rollouts_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="no rollouts"):
        RewardTarget("http://127.0.0.1:9", [])


def test_nulls_are_told_by_their_most_frequent_cause() -> None:
    body = (
        b'{"rewards":[0.5,null,null,null],"results":[{"cause":null},{"cause":"judge_timeout"},'
        b'{"cause":"deadline"},{"cause":"deadline"}],"timing":{"total_s":1.5,"scoring_s":1.4}}'
    )
    found = answer(body, 4)
    assert (found.cause, found.unscored, found.verdicts) == ("deadline", 3, 1)
    assert (found.server_s, found.judge_s) == (1.5, None)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b"\xff", b"[" * 100_000])
def test_garbage_is_told(body: bytes) -> None:
    assert answer(body, 4).cause == "server_garbled"
