"""slime's three hooks, called as slime calls them, on samples with the fields of slime's own."""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reward_server.http.serving import Served
from tests.trainer_adapters.labels import COMPLETIONS, RELATIVE, SLOW, serve_labels
from trainer_adapters.client.errors import TooManyUnscored
from trainer_adapters.slime import custom_rm, post_process, sample_filter
from trainer_adapters.slime.sample import rollout_of

SPAM, HAM, BROKEN = COMPLETIONS
TRUTH = {"label": "spam"}


class Status(Enum):
    COMPLETED = "completed"
    TRUNCATED = "truncated"


@dataclass
class Sample:
    """The fields of `slime.utils.types.Sample` that matter here, with its defaults."""

    group_index: int | None = None
    index: int | None = None
    prompt: Any = ""
    response: str = ""
    response_length: int = 0
    label: Any = None
    reward: Any = None
    status: Status = Status.COMPLETED
    metadata: dict[str, Any] = field(default_factory=dict)
    remove_sample: bool = False


def arguments(**given: Any) -> Any:
    usual: dict[str, Any] = {
        "n_samples_per_prompt": 2,
        "reward_key": None,
        "save": "/ckpt/run",
        "advantage_estimator": "grpo",
        "rewards_normalization": True,
        "grpo_std_normalization": True,
    }
    return SimpleNamespace(**{**usual, **given})


def samples(*rows: tuple[str, Any], first: int = 0) -> list[Sample]:
    """Groups of two."""
    return [
        Sample(first + place // 2, first * 2 + place, f"prompt {place // 2}", text, 5, label)
        for place, (text, label) in enumerate(rows)
    ]


def score(args: Any, batch: list[Sample]) -> None:
    """Each sample by itself at the same time, as `generate_and_rm` does."""

    async def scored() -> None:
        rewards = await asyncio.gather(*[custom_rm(args, sample, evaluation=False) for sample in batch])
        for sample, reward in zip(batch, rewards, strict=True):
            sample.reward = reward

    asyncio.run(scored())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_labels(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(autouse=True)
def _settings(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_URL", served.url)
    for name in ("GAVEL_REWARD", "GAVEL_TOKEN", "GAVEL_GROUP_SIZE"):
        monkeypatch.delenv(name, raising=False)


def test_a_sample_gets_a_number() -> None:
    batch = samples((SPAM, TRUTH), (HAM, TRUTH), (BROKEN, TRUTH), (SPAM, TRUTH))
    score(arguments(), batch)
    assert [sample.reward for sample in batch] == [1.0, 0.25, 0.0, 1.0]
    assert not any(sample.remove_sample for sample in batch)


def test_a_list_gets_a_list_by_the_same_function() -> None:
    batch = samples((SPAM, TRUTH), (HAM, TRUTH), first=10)
    assert asyncio.run(custom_rm(arguments(), batch)) == [1.0, 0.25]


def test_with_a_reward_key_components_come_beside_the_reward() -> None:
    args = arguments(reward_key="score")
    batch = samples((HAM, TRUTH), (SPAM, None), first=20)
    score(args, batch)
    assert batch[0].reward == {"accuracy": 0.0, "format": 1.0, "unscored": 0, "cause": None, "score": 0.25}
    assert batch[1].reward == {
        "accuracy": None,
        "format": 1.0,
        "unscored": 1,
        "cause": "missing_ground_truth",
        "score": 0.0,
    }
    assert batch[1].remove_sample


def test_an_unscored_sample_leaves_the_loss_and_the_baseline() -> None:
    args = arguments(n_samples_per_prompt=4)
    batch = samples((SPAM, TRUTH), (HAM, TRUTH), (SPAM, None), (SPAM, TRUTH), first=30)
    for sample in batch:
        sample.group_index = 30
    score(args, batch)
    sample_filter(args, [batch])
    assert [sample.remove_sample for sample in batch] == [False, False, True, False]
    raw, rewards = post_process(args, batch)
    assert raw == [1.0, 0.25, 0.75, 1.0]
    # Over 1, 0.25 and 1: mean 0.75, sample standard deviation sqrt((2 * 0.25^2 + 0.5^2) / 2) = sqrt(0.1875).
    scale = math.sqrt(0.1875) + 1e-6
    assert rewards == pytest.approx([0.25 / scale, -0.5 / scale, 0.0, 0.25 / scale])


def test_five_percent_unscored_leave_their_groups_and_no_others() -> None:
    args = arguments(n_samples_per_prompt=8)
    rows = [(SPAM if place % 2 else HAM, None if place in (1, 9) else TRUTH) for place in range(40)]
    batch = samples(*rows, first=300)
    for place, sample in enumerate(batch):
        sample.group_index = 300 + place // 8
    score(args, batch)
    sample_filter(args, [batch])
    assert [place for place, sample in enumerate(batch) if sample.remove_sample] == [1, 9]
    _, rewards = post_process(args, batch)
    # Whole: 4 of 1 and 4 of 0.25, mean 0.625, variance 8 * 0.375^2 / 7.
    whole = 0.375 / (math.sqrt(8 * 0.375**2 / 7) + 1e-6)
    # With a hole: 3 of 1 and 4 of 0.25, mean 4/7, variance (3 * (3/7)^2 + 4 * (9/28)^2) / 6.
    scale = math.sqrt((3 * (3 / 7) ** 2 + 4 * (9 / 28) ** 2) / 6) + 1e-6
    holed = [-9 / 28 / scale, 0.0, *[-9 / 28 / scale, 3 / 7 / scale] * 3]
    assert rewards == pytest.approx([*holed, *holed, *[-whole, whole] * 12])


def test_a_server_that_is_slow_leaves_out_what_is_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_labels(tmp_path, reward=SLOW) as server:
        monkeypatch.setenv("GAVEL_URL", server.url)
        monkeypatch.setenv("GAVEL_DEADLINE_S", "2")
        batch = samples((SPAM, TRUTH), (HAM, TRUTH), first=400)
        score(arguments(), batch)
    assert [sample.metadata.get("gavel_unscored") for sample in batch] == [None, "deadline"]
    assert post_process(arguments(), batch) == ([1.0, 1.0], [0.0, 0.0])


def test_what_the_url_marked_is_left_out_too() -> None:
    args = arguments(reward_key="score")
    batch = samples((SPAM, TRUTH), (SPAM, TRUTH), first=40)
    batch[0].reward = {"score": 1.0, "unscored": 0}
    batch[1].reward = {"score": 0.0, "unscored": 1, "cause": "deadline"}
    sample_filter(args, [batch])
    assert [sample.remove_sample for sample in batch] == [False, True]
    assert post_process(args, batch) == ([1.0, 1.0], [0.0, 0.0])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"grpo_std_normalization": False}, [0.375, -0.375, 0.0, 0.0]),
        ({"advantage_estimator": "reinforce_plus_plus_baseline"}, [0.375, -0.375, 0.0, 0.0]),
        ({"rewards_normalization": False}, [1.0, 0.25, 0.5, 0.5]),
        ({"advantage_estimator": "ppo"}, [1.0, 0.25, 0.5, 0.5]),
    ],
)
def test_normalisation_follows_slimes_switches(given: dict[str, Any], expected: list[float]) -> None:
    batch = samples(*[(SPAM, TRUTH)] * 4)
    for sample, reward in zip(batch, [1.0, 0.25, 0.5, 0.5], strict=True):
        sample.reward = reward
    assert post_process(arguments(**given), batch) == ([1.0, 0.25, 0.5, 0.5], expected)


def test_groups_are_told_by_their_index_and_lists_within_lists_are_read() -> None:
    batch = samples(*[(SPAM, TRUTH)] * 4)
    for sample, reward in zip(batch, [1.0, 0.0, 3.0, 1.0], strict=True):
        sample.reward = reward
    nested = [[[batch[2]], batch[0]], [batch[3], [batch[1]]]]
    args = arguments(grpo_std_normalization=False)
    assert post_process(args, nested) == ([3.0, 1.0, 1.0, 0.0], [1.0, 0.5, -1.0, -0.5])


def test_a_group_with_one_scored_sample_has_no_advantage() -> None:
    batch = samples((SPAM, TRUTH), (SPAM, None), first=50)
    score(arguments(), batch)
    assert post_process(arguments(), batch) == ([1.0, 1.0], [0.0, 0.0])


def test_a_sample_that_is_scored_at_the_second_time_is_back() -> None:
    (sample,) = samples((SPAM, None), first=60)
    score(arguments(n_samples_per_prompt=1), [sample])
    assert sample.remove_sample
    sample.label = TRUTH
    sample.index = 999
    score(arguments(n_samples_per_prompt=1), [sample])
    assert (sample.reward, sample.remove_sample) == (1.0, False)


def test_samples_that_come_one_by_one_are_compared_as_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = samples(("x", None), ("xxx", None), ("xxxx", None), ("xx", None))
    with serve_labels(tmp_path, reward=RELATIVE) as server:
        monkeypatch.setenv("GAVEL_URL", server.url)
        score(arguments(), batch)
    assert [sample.reward for sample in batch] == [0.0, 1.0, 1.0, 0.0]


def test_what_a_sample_says_becomes_a_rollout() -> None:
    sample = Sample(3, 17, [{"role": "user", "content": "Q"}], "A", 9, "L", None, Status.TRUNCATED)
    sample.metadata = {"topic": "x", "tensor": object()}
    rollout = rollout_of(arguments(), sample)
    group = rollout.pop("group")
    assert rollout == {
        "completion": "A",
        "prompt": [{"role": "user", "content": "Q"}],
        "ground_truth": "L",
        "metadata": {"topic": "x"},
        "completion_tokens": 9,
        "finish_reason": "length",
        "id": "17",
        "group_size": 2,
    }
    assert rollout_of(arguments(save="other"), sample)["group"] != group
    sample.group_index = None  # evaluation
    assert "group" not in rollout_of(arguments(), sample)
    sample.label, sample.prompt = float("nan"), [{"role": "user", "content": object()}]
    assert rollout_of(arguments(), sample).keys().isdisjoint({"ground_truth", "prompt"})


def test_an_outage_is_a_hole_and_a_long_one_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("GAVEL_DEADLINE_S", "0.3")
    batch = samples(*[(SPAM, TRUTH)] * 4)
    score(arguments(), batch)
    assert [sample.metadata["gavel_unscored"] for sample in batch] == ["unreachable"] * 4
    assert post_process(arguments(), batch) == ([0.0] * 4, [0.0] * 4)
    assert all(sample.remove_sample for sample in batch)
    many = samples(*[(SPAM, TRUTH)] * 80, first=100)
    with pytest.raises(TooManyUnscored):
        score(arguments(), many)
