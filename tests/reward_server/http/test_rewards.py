"""The native API: what a good request gets back."""

import json
import random
import re
from pathlib import Path

import pytest

from judges.caller import Tally
from tests.processes import ServerProcess
from tests.reward_server.http.serving import CHECKS_ONLY, GOOD, Json, Served, batch, rollout, serve

GOLDEN = Path(__file__).parents[2] / "golden"
COMPONENTS = ["accuracy", "format", "length", "rubric"]


def test_results_stand_in_the_order_of_the_request_however_groups_are_interleaved(server: Served) -> None:
    rollouts = batch()
    by_id = {result["id"]: result for result in server.score(rollouts)["results"]}
    for seed in range(5):
        random.Random(seed).shuffle(rollouts)
        answer = server.score(rollouts)
        assert [result["id"] for result in answer["results"]] == [sent["id"] for sent in rollouts]
        assert [result["group"] for result in answer["results"]] == [sent["group"] for sent in rollouts]
        assert answer["results"] == [by_id[sent["id"]] for sent in rollouts]


def test_rewards_are_the_weighted_sums_of_the_components(server: Served) -> None:
    answer = server.score(batch())
    assert answer["rewards"] == [result["reward"] for result in answer["results"]]
    assert len(answer["rewards"]) == 16
    for result in answer["results"]:
        parts = result["components"].values()
        assert result["reward"] == pytest.approx(sum(part["weighted"] for part in parts))
        assert [part["weight"] for part in parts] == [0.4, 0.2, 0.2, 0.2]
        for part in parts:
            assert part["weighted"] == pytest.approx(part["value"] * part["weight"])


def test_every_rollout_has_the_same_components_in_file_order(server: Served) -> None:
    unscorable = rollout("no-truth", GOOD, ground_truth=None)
    too_long = rollout("too-long", "word " * 300_000)
    results = server.score([*batch(1), unscorable, too_long])["results"]
    assert {result["status"] for result in results} == {"scored", "unscored"}
    assert all(list(result["components"]) == COMPONENTS for result in results)


def test_each_detail_adds_to_the_one_before(server: Served) -> None:
    rewards, components, verdicts = (
        server.score(batch(1), detail=detail) for detail in ("rewards", "components", "verdicts")
    )
    assert rewards["rewards"] == components["rewards"] == verdicts["rewards"]
    assert [_given(answer) for answer in (rewards, components, verdicts)] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    first = verdicts["results"][0]["verdicts"]
    assert [verdict["criterion"] for verdict in first] == ["quotes", "sender", "asks_for_marks"]
    assert [verdict["choice"] for verdict in first] == ["met", "met", "unmet"]


def _given(answer: Json) -> tuple[bool, bool]:
    first = answer["results"][0]
    return first["components"] is not None, first["verdicts"] is not None


def test_the_whole_answer_is_the_golden_one(server: Served) -> None:
    answer = server.score(json.loads((GOLDEN / "request.json").read_text())["rollouts"], detail="verdicts")
    assert _comparable(answer) == _comparable(json.loads((GOLDEN / "response.json").read_text()))


def _comparable(answer: Json) -> Json:
    """Without what differs from run to run, and with floats to nine places, as exp() may differ."""
    assert set(answer["timing"]) == {"total_s", "scoring_s", "judging"}
    assert 0 < answer["timing"]["scoring_s"] < answer["timing"]["total_s"]
    judging = answer["timing"]["judging"]
    assert set(judging) == set(Tally.__struct_fields__)
    assert judging["questions"] == judging["calls"] + judging["joined"] == 15
    assert all(judging[name] > 0 for name in ("render_s", "judge_s", "parse_s"))
    assert re.fullmatch("sha256:[0-9a-f]{64}", answer["reward_version"])
    stamps = {
        name: stamp | {"digest": bool(re.fullmatch("sha256:[0-9a-f]{64}", stamp["digest"]))}
        for name, stamp in answer["rubrics"].items()
    }
    masked = answer | {"timing": None, "reward_version": None, "rubrics": stamps}
    rounded: Json = json.loads(json.dumps(masked), parse_float=lambda digits: round(float(digits), 9))
    return rounded


def test_only_a_completion_is_required(server: Served) -> None:
    answer = server.score([{"completion": "a"}, {"completion": [{"role": "assistant", "content": "b"}]}])
    assert [result["id"] for result in answer["results"]] == ["#0", "#1"]
    assert [result["group"] for result in answer["results"]] == ["#0", "#1"]
    assert answer["summary"]["groups"] == 2
    causes = {result["components"]["accuracy"]["cause"] for result in answer["results"]}
    assert causes == {"missing_ground_truth"}
    assert answer["rewards"] == [None, None]


def test_rollouts_of_one_prompt_form_a_group_when_none_is_named(server: Served) -> None:
    chat = [{"role": "user", "content": "the same"}]
    prompts: list[object] = ["one", "two", "one", chat, list(chat)]
    sent = [rollout(str(i), GOOD, prompt=prompt) for i, prompt in enumerate(prompts)]
    groups = [result["group"] for result in server.score(sent)["results"]]
    assert groups[0] == groups[2] != groups[1]
    assert groups[3] == groups[4] not in groups[:3]
    assert all(re.fullmatch("prompt-[0-9a-f]{16}", group) for group in groups)


def test_a_chat_completion_is_scored_as_what_the_assistant_said(server: Served) -> None:
    text = rollout("text", GOOD)
    answer = '{"label": "spam"}'
    split = {"role": "assistant", "reasoning_content": f"\n{GOOD}\n", "content": f"\n{answer}"}
    parts = [
        {"type": "text", "text": text["completion"][:9]},
        {"type": "text", "text": text["completion"][9:]},
    ]
    chats: list[object] = [[{"role": "assistant", "content": text["completion"]}], [split]]
    chats.append([{"role": "system", "content": "ignored"}, {"role": "assistant", "content": parts}])
    sent = [text, *(rollout(str(i), "", completion=chat) for i, chat in enumerate(chats))]
    rewards = server.score(sent)["rewards"]
    assert rewards == [rewards[0]] * 4


def test_a_chat_completion_without_an_assistant_is_unscored_and_not_zero(server: Served) -> None:
    result = server.score([rollout("r", "", completion=[{"role": "model", "content": "spam"}])])["results"][0]
    assert result["reward"] is None
    assert result["cause"] == "missing_field"
    assert "`assistant`" in result["detail"]


def test_numbers_of_the_summary_are_those_of_the_results(server: Served) -> None:
    answer = server.score([*batch(2), rollout("lost", GOOD, ground_truth=None, group="g0")])
    summary, scored = answer["summary"], [reward for reward in answer["rewards"] if reward is not None]
    assert summary["rollouts"] == 9
    assert summary["scored"] == 8
    assert summary["groups"] == 2
    assert summary["unscored"] == {"missing_ground_truth": 1}
    assert summary["reward"]["mean"] == pytest.approx(sum(scored) / 8)
    assert sum(column["advantage_share"] for column in summary["components"].values()) == pytest.approx(1)


def test_a_reward_function_is_described_as_an_equation(server: Served) -> None:
    described = server.client.get("/v1/rewards/test").json()
    assert described["equation"] == (
        "reward = 0.4 accuracy + 0.2 format + 0.2 length + 0.2 rubric [format >= 1, else 0]"
    )
    assert described["version"] == server.score(batch(1))["reward_version"]
    assert server.client.get("/v1/rewards").json() == [described]
    assert server.client.get("/version").json()["rewards"] == {"test": described["version"]}


def test_one_server_serves_several_files_by_name(judge: ServerProcess, tmp_path: Path) -> None:
    second = tmp_path / "second.yaml"
    second.write_text(CHECKS_ONLY.replace("name: test", "name: second"), encoding="utf-8")
    with serve(tmp_path, judge, str(second)) as served:
        assert served.score(batch(1), reward="second")["reward_name"] == "second"
        assert served.score(batch(1), reward="test")["reward_name"] == "test"
        error = served.refusal({"rollouts": batch(1)}, 422)
        assert (error["code"], error["path"]) == ("unknown_reward", "$.reward")
        assert error["hint"] == "one of: test, second"
        error = served.refusal({"rollouts": batch(1), "reward": "secnd"}, 422)
        assert (error["code"], error["hint"]) == ("unknown_reward", "did you mean `second`?")
