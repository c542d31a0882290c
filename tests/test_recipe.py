"""The recipe of arXiv 2512.20061, end to end and against figures worked out by hand.

R = (R_acc + R_fmt + R_len + R_rub) / 4, the rubric aggregated with inverse-frequency weights.
"""

from pathlib import Path

import pytest

from reward_server.check.lint import lint
from reward_server.engine.row import Row
from reward_server.reward.loading import load_reward
from rubrics.completion import Completion
from rubrics.document import load
from rubrics.rollout import Rollout
from tests.reward_server.making import component, rewards, score_group

REWARD = """
name: recipe
completion: {reasoning: {tag: think}, answer: {json: {spam: [yes, no], violating: [true, false]}}}
components:
  accuracy: {use: label_match, weight: 0.25, field: violating}
  format: {use: structure, weight: 0.25}
  length: {use: target_length, weight: 0.25, of: reasoning, unit: words, full: [150, 400], zero: [50, 800]}
  rubric: {use: rubric, weight: 0.25, rubric: rubric.yaml}
judges:
  default: {use: scripted, otherwise: 0.2, chances: {cites a clause: 0.9}}
"""
RUBRIC = """
schema: rubric/v1
id: recipe
criteria:
  - {id: cites, ask: It cites a clause., weight: 2}
  - {id: quotes, ask: It quotes the post., weight: 1}
  - {id: spam, label: {field: spam, equals: metadata.spam}, weight: 1}
"""
WEIGHTED = """
weights:
  mode: inverse_frequency
  scope: criterion_label
  smoothing: 0
  table: {spam: {yes: 100, no: 900}}
"""


@pytest.fixture
def reward(tmp_path: Path) -> Path:
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    path = tmp_path / "reward.yaml"
    path.write_text(REWARD)
    return path


def thinking(words: int) -> str:
    return "<think>" + "word " * words + "</think>"


def rollout(path: Path, text: str, spam: str = "yes") -> Rollout:
    layout = load_reward(path).layout
    truth = {"violating": True}
    return Rollout(
        id="r",
        prompt="post",
        completion=Completion(text, layout),
        ground_truth=truth,
        metadata={"spam": spam},
    )


async def score(path: Path, *texts: str, spam: str = "yes") -> list[Row]:
    return await score_group(load_reward(path), *(rollout(path, text, spam) for text in texts))


RIGHT, WRONG = '{"spam": "yes", "violating": true}', '{"spam": "yes", "violating": false}'


async def test_r_acc_is_1_for_the_right_label_and_0_for_the_wrong_one(reward: Path) -> None:
    rows = await score(reward, thinking(200) + RIGHT, thinking(200) + WRONG)
    assert [component(row, "accuracy") for row in rows] == [1.0, 0.0]


async def test_r_fmt_is_1_only_for_tags_and_exact_json(reward: Path) -> None:
    rows = await score(reward, thinking(200) + RIGHT, RIGHT, thinking(200) + RIGHT + " Done.")
    assert [component(row, "format") for row in rows] == [1.0, 0.0, 0.0]


async def test_r_len_is_a_trapezoid_over_the_words_of_the_reasoning(reward: Path) -> None:
    lengths = [0, 50, 100, 150, 250, 400, 600, 800, 900]
    rows = await score(reward, *(thinking(words) + RIGHT for words in lengths))
    # (100 - 50) / (150 - 50) = 0.5 on the way up, (800 - 600) / (800 - 400) = 0.5 on the way down.
    assert [component(row, "length") for row in rows] == [0, 0, 0.5, 1, 1, 1, 0.5, 0, 0]


async def test_r_rub_is_the_weighted_mean_of_its_criteria(reward: Path) -> None:
    rows = await score(reward, thinking(200) + RIGHT)
    # cites 0.9 with weight 2, quotes 0.2 with weight 1, the sub-label 1 with weight 1: (1.8 + 0.2 + 1) / 4.
    assert component(rows[0], "rubric") == pytest.approx(0.75)


async def test_the_reward_is_their_mean_under_equal_alphas(reward: Path) -> None:
    rows = await score(reward, thinking(100) + RIGHT, thinking(200) + WRONG)
    # (1 + 1 + 0.5 + 0.75) / 4 and (0 + 1 + 1 + 0.75) / 4.
    assert rewards(rows) == pytest.approx([0.8125, 0.6875])


async def test_inverse_frequency_counts_the_rare_label_more(reward: Path) -> None:
    reward.with_name("rubric.yaml").write_text(RUBRIC + WEIGHTED)
    miss = '{"spam": "no", "violating": true}'
    # n = 1000, K = 2: yes weighs 1000 / (2 * 100) = 5, no weighs 1000 / (2 * 900) = 5/9.
    rare = await score(reward, thinking(200) + RIGHT, thinking(200) + miss, spam="yes")
    assert component(rare[0], "rubric") == pytest.approx((1.8 + 0.2 + 5) / 8)
    assert component(rare[1], "rubric") == pytest.approx((1.8 + 0.2) / 8)
    common = await score(reward, thinking(200) + miss, thinking(200) + RIGHT, spam="no")
    assert component(common[0], "rubric") == pytest.approx((2 + 5 / 9) / (3 + 5 / 9))
    assert component(common[1], "rubric") == pytest.approx(2 / (3 + 5 / 9))


async def test_inverse_frequency_reorders_the_rollouts_of_a_group(reward: Path) -> None:
    short_but_right = thinking(110) + RIGHT  # length 0.6
    long_but_wrong = thinking(200) + '{"spam": "no", "violating": true}'  # misses the rare sub-label
    before = rewards(await score(reward, short_but_right, long_but_wrong))
    assert before == pytest.approx([(1 + 1 + 0.6 + 3 / 4) / 4, (1 + 1 + 1 + 2 / 4) / 4])
    reward.with_name("rubric.yaml").write_text(RUBRIC + WEIGHTED)
    after = rewards(await score(reward, short_but_right, long_but_wrong))
    assert after == pytest.approx([(1 + 1 + 0.6 + 7 / 8) / 4, (1 + 1 + 1 + 2 / 8) / 4])
    assert standardised(before) == pytest.approx([-(0.5**0.5), 0.5**0.5])
    assert standardised(after) == pytest.approx([0.5**0.5, -(0.5**0.5)])


async def test_a_sample_weight_on_the_reward_cancels_and_is_refused(reward: Path) -> None:
    inline = (
        "weighting: {inverse_frequency: {apply: reward, label: metadata.spam, table: {yes: 100, no: 900}}}"
    )
    plain = rewards(await score(reward, thinking(200) + RIGHT, thinking(200) + WRONG))
    reward.write_text(REWARD + inline)
    weighted = rewards(await score(reward, thinking(200) + RIGHT, thinking(200) + WRONG))
    # Smoothed by 1: 1002 / (2 * 101) for every rollout of this prompt, so their ratio is as it was.
    factor = 1002 / 202
    assert weighted == pytest.approx([factor * float(value) for value in plain])
    assert standardised(weighted) == pytest.approx(standardised(plain))
    problems = lint(load_reward(reward), load(reward))
    assert [problem.code for problem in problems if problem.severity == "error"] == ["weight-cancels"]


async def test_the_same_weight_is_handed_on_for_the_advantage(reward: Path) -> None:
    inline = "weighting: {inverse_frequency: {label: metadata.spam, table: {yes: 100, no: 900}}}"
    reward.write_text(REWARD + inline)
    rows = await score(reward, thinking(200) + RIGHT)
    assert rows[0].advantage_weight == pytest.approx(1002 / 202)
    assert not [problem for problem in lint(load_reward(reward), load(reward)) if problem.severity == "error"]


def standardised(values: list[float | str]) -> list[float]:
    numbers = [float(value) for value in values]
    mean = sum(numbers) / len(numbers)
    std = (sum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1)) ** 0.5
    return [(number - mean) / std for number in numbers]
