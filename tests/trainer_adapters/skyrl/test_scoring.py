"""What SkyRL's environment sends and gets; the environment itself: tests/trainers/clients/test_skyrl.py."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.reward_server.http.serving import Served
from tests.trainer_adapters.labels import COMPLETIONS, SLOW, serve_labels
from trainer_adapters.client.errors import GavelError
from trainer_adapters.skyrl.scoring import options, rollout_of, score_blocking

SPAM, HAM, BROKEN = COMPLETIONS
ROW = {
    "data_source": "sms",
    "max_turns": 1,
    "reward_spec": {"method": "rule", "ground_truth": {"label": "spam"}},
    "extra_info": {"index": 4},
}
PROMPT = [{"role": "user", "content": "Is it spam?"}]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_labels(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GAVEL_URL", "GAVEL_REWARD", "GAVEL_TOKEN", "GAVEL_GROUP_SIZE"):
        monkeypatch.delenv(name, raising=False)


def step(served: Served, completion: str, row: dict[str, Any], prompt: Any, **given: Any) -> dict[str, float]:
    settings, policy = options(None, {"url": served.url, "group_size": 1, **given})
    return score_blocking(rollout_of(completion, prompt, row, settings.group_size), settings, policy)


def test_a_row_and_a_completion_become_a_rollout() -> None:
    rollout = rollout_of(SPAM, PROMPT, ROW, 8)
    assert rollout.pop("id") != rollout_of(SPAM, PROMPT, ROW, 8).pop("id")
    group = rollout.pop("group")
    assert rollout == {
        "completion": SPAM,
        "prompt": PROMPT,
        "ground_truth": {"label": "spam"},
        "metadata": {"data_source": "sms", "extra_info": {"index": 4}},
        "group_size": 8,
    }
    assert rollout_of(HAM, PROMPT, ROW, 8)["group"] == group
    assert rollout_of(HAM, "another", ROW, 8)["group"] != group


def test_a_ground_truth_that_json_cannot_say_is_none() -> None:
    row = {**ROW, "reward_spec": {"ground_truth": float("nan")}}
    assert "ground_truth" not in rollout_of(SPAM, PROMPT, row, 8)


def test_a_step_blocks_until_its_reward_is_there(served: Served) -> None:
    assert step(served, HAM, ROW, PROMPT) == {"score": 0.25, "accuracy": 0.0, "format": 1.0, "unscored": 0.0}


def test_from_many_threads_and_inside_an_event_loop(served: Served) -> None:
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda number: step(served, HAM, ROW, f"{number}")["score"], range(32)))
    assert found == [0.25] * 32

    async def inside() -> float:
        return step(served, SPAM, ROW, "inside")["score"]

    assert asyncio.run(inside()) == 1.0


def test_an_unscored_rollout_gets_the_mean_of_its_group(served: Served) -> None:
    unlabelled = {**ROW, "reward_spec": {}}
    settings, policy = options(None, {"url": served.url, "group_size": 2, "wait_s": 20})
    scored = rollout_of(HAM, "a group", ROW, 2)
    hole = {**rollout_of(SPAM, "a group", unlabelled, 2), "group": scored["group"]}
    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(score_blocking, hole, settings, policy)
        assert score_blocking(scored, settings, policy)["unscored"] == 0.0
        filled = waiting.result(30)
    assert filled == {"score": 0.25, "accuracy": 0.0, "format": 1.0, "unscored": 1.0}


def together(rollouts: list[dict[str, Any]], **given: Any) -> list[dict[str, float]]:
    """Each rollout on a thread of its own, as SkyRL steps its environments."""
    settings, policy = options(None, given)
    with ThreadPoolExecutor(len(rollouts)) as threads:
        return list(threads.map(lambda rollout: score_blocking(rollout, settings, policy), rollouts))


def test_five_percent_unscored_get_the_means_of_their_groups(served: Served) -> None:
    unlabelled = {**ROW, "reward_spec": {}}
    rollouts = []
    for place in range(40):
        group = rollout_of(SPAM, f"five percent {place // 8}", ROW, 8)["group"]
        row, text = (unlabelled if place in (1, 9) else ROW), (SPAM if place % 2 else HAM)
        rollouts.append({**rollout_of(text, f"five percent {place // 8}", row, 8), "group": group})
    found = together(rollouts, url=served.url, group_size=8, wait_s=20)
    assert [place for place, values in enumerate(found) if values["unscored"]] == [1, 9]
    mean = (3 * 1.0 + 4 * 0.25) / 7
    expected = [mean if place in (1, 9) else 1.0 if place % 2 else 0.25 for place in range(40)]
    assert [values["score"] for values in found] == pytest.approx(expected)


@pytest.mark.soak
def test_a_server_that_is_slow_leaves_the_mean_in_place_of_what_is_late(tmp_path: Path) -> None:
    with serve_labels(tmp_path, reward=SLOW) as server:
        rollouts = [rollout_of(text, "slow", ROW, 2) for text in (SPAM, HAM)]
        found = together(rollouts, url=server.url, group_size=2, deadline_s=2.0, wait_s=20)
    assert [(values["score"], values["unscored"]) for values in found] == [(1.0, 0.0), (1.0, 1.0)]


def test_other_policies_are_explicit(served: Served) -> None:
    unlabelled = {**ROW, "reward_spec": {}}
    zero = step(served, SPAM, unlabelled, "zero", on_unscored="zero")
    assert (zero["score"], zero["unscored"]) == (0.0, 1.0)
    with pytest.raises(GavelError, match="missing_ground_truth"):
        step(served, SPAM, unlabelled, "raise", on_unscored="raise")


def test_a_mean_without_a_group_size_is_refused_at_once() -> None:
    with pytest.raises(GavelError, match=r"group_size.*on_unscored=zero.*on_unscored=raise"):
        options(None, {"url": "http://127.0.0.1:1"})
    assert options(None, {"on_unscored": "zero"})[1].on_unscored == "zero"


def test_what_was_registered_goes_before_the_configuration() -> None:
    settings, _ = options({"url": "http://a:1", "reward": "r"}, {"url": "http://b:2", "group_size": 2})
    assert (settings.url, settings.reward) == ("http://b:2", "r")


@pytest.mark.quiet
def test_a_server_that_goes_away_leaves_a_counted_hole(tmp_path: Path) -> None:
    with serve_labels(tmp_path) as server:
        given = {"deadline_s": 1.0, "on_unscored": "zero"}
        assert step(server, SPAM, ROW, "before", **given)["unscored"] == 0.0
    gone = step(server, SPAM, ROW, "after", **given)
    assert gone == {"score": 0.0, "accuracy": 0.0, "format": 0.0, "unscored": 1.0}
