"""A real GRPOTrainer against a real server: what it learns, and that its numbers are the server's."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

pytest.importorskip("trl")

from tests.trainers.tiny_policy import SPAM
from tests.trainers.trl.serving import FLAKY, RELATIVE, answered, rewards, root_url, serve
from tests.trainers.trl.training import (
    GENERATIONS,
    advantages,
    as_rollouts,
    completions,
    dataset,
    history,
    train,
)
from trainer_adapters.trl import components, reward

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]

STEPS = 30


def present(values: list[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def test_the_format_reward_rises_and_the_logs_are_the_servers_numbers(
    policy: Path, tmp_path: Path, url: str
) -> None:
    bound = partial(reward, url=url, group_size=GENERATIONS)
    trainer = train(policy, tmp_path, bound, STEPS)
    formed = present(history(trainer, "gavel/format"))
    assert len(formed) == STEPS
    assert mean(formed[:3]) < 0.6
    assert mean(formed[-5:]) > 0.85
    for step in (1, STEPS // 2, STEPS):
        results = rewards(url, as_rollouts(completions(tmp_path, step)))
        for name in ("format", "accuracy"):
            truth = mean(result["components"][name]["value"] for result in results)
            assert history(trainer, f"gavel/{name}")[step - 1] == pytest.approx(truth)
        truth = mean(result["reward"] for result in results)
        assert history(trainer, "rewards/reward/mean")[step - 1] == pytest.approx(truth)
        assert history(trainer, "gavel/unscored")[step - 1] == 0


def test_what_trl_trains_on_is_what_the_server_said_of_each_rollout(
    policy: Path, tmp_path: Path, url: str
) -> None:
    train(policy, tmp_path, partial(reward, url=url), 2)
    table = completions(tmp_path, 2)
    results = rewards(url, as_rollouts(table))
    expected = [result["reward"] for result in results]
    assert len(set(expected)) > 1
    assert table["reward"].tolist() == pytest.approx(expected)
    assert table["advantage"].tolist() == pytest.approx(advantages(expected, GENERATIONS), abs=1e-4)
    for name in ("format", "accuracy"):
        assert table[f"gavel/{name}"].tolist() == [result["components"][name]["value"] for result in results]


def test_plain_prompts_are_scored_as_chats_are(policy: Path, tmp_path: Path, url: str) -> None:
    train(policy, tmp_path, partial(reward, url=url), 1, rows=dataset(chat=False))
    table = completions(tmp_path, 1)
    given = [
        {"completion": text, "ground_truth": {"label": "spam" if prompt in SPAM else "ham"}}
        for prompt, text in zip(table["prompt"], table["completion"], strict=True)
    ]
    assert table["reward"].tolist() == pytest.approx([result["reward"] for result in rewards(url, given)])


def test_unscored_rollouts_have_no_advantage_and_are_no_ones_baseline(policy: Path, tmp_path: Path) -> None:
    with serve(tmp_path, FLAKY) as server:
        trainer = train(policy, tmp_path, partial(reward, url=root_url(server)), 4)
    table = completions(tmp_path, 4)
    seen = [
        None if cause else value for value, cause in zip(table["reward"], table["gavel/cause"], strict=True)
    ]
    holes = [place for place, value in enumerate(seen) if value is None]
    # One in twenty of 256: the 200th, 220th and 240th are among the last 64.
    assert len(holes) == 3
    assert set(table["gavel/cause"]) == {"", "judge_timeout"}
    assert table["reward"].isna().tolist() == [value is None for value in seen]
    assert [table["advantage"][place] for place in holes] == [0, 0, 0]
    assert table["advantage"].tolist() == pytest.approx(advantages(seen, GENERATIONS), abs=1e-3)
    assert history(trainer, "gavel/unscored") == [3 / 64] * 4
    assert history(trainer, "gavel/unscored/judge") == [3 / 64] * 4
    assert history(trainer, "gavel/unscored/server") == [0] * 4


def test_gdpo_standardises_each_component_on_its_own(policy: Path, tmp_path: Path, url: str) -> None:
    functions, weights = components(url=url)
    assert weights == [0.6, 0.4]
    gdpo = {"multi_objective_aggregation": "normalize_then_sum", "reward_weights": weights}
    trainer = train(policy, tmp_path, functions, STEPS, **gdpo)
    formed = present(history(trainer, "rewards/format/mean"))
    assert mean(formed[:3]) < 0.6
    assert mean(formed[-5:]) > 0.8
    table = completions(tmp_path, 1)
    results = rewards(url, as_rollouts(table))
    for name in ("format", "accuracy"):
        truth = [result["components"][name]["value"] for result in results]
        assert table[name].tolist() == truth
        assert history(trainer, f"rewards/{name}/mean")[0] == pytest.approx(mean(truth))
    assert history(trainer, "gavel/reward")[0] == pytest.approx(mean(result["reward"] for result in results))
    by_hand = gdpo_advantages([(0.6, table["format"].tolist()), (0.4, table["accuracy"].tolist())])
    assert table["advantage"].tolist() == pytest.approx(by_hand, abs=1e-3)


def gdpo_advantages(columns: Sequence[tuple[float, Sequence[float | None]]]) -> list[float]:
    """Weighted columns standardised in their groups, summed, and the sums standardised over the batch."""
    parts = [[weight * value for value in advantages(column, GENERATIONS)] for weight, column in columns]
    sums = [sum(values) for values in zip(*parts, strict=True)]
    return advantages(sums, len(sums))


def test_a_component_that_is_left_out_of_a_group_adds_nothing_to_its_advantages(
    policy: Path, tmp_path: Path
) -> None:
    with serve(tmp_path, FLAKY + "on_unscored: renormalise_group\n") as server:
        functions, weights = components(url=root_url(server), group_size=GENERATIONS)
        gdpo = {"multi_objective_aggregation": "normalize_then_sum", "reward_weights": weights}
        trainer = train(policy, tmp_path, functions, 1, **gdpo)
    table = completions(tmp_path, 1)
    missing = table["judged"].isna().tolist()
    groups = [missing[start : start + GENERATIONS] for start in range(0, len(missing), GENERATIONS)]
    assert sorted(sum(group) for group in groups) == [0] * 5 + [GENERATIONS] * 3
    assert history(trainer, "gavel/unscored") == [0]
    judged = [None if hole else value for hole, value in zip(missing, table["judged"], strict=True)]
    by_hand = gdpo_advantages([(0.5, table["format"].tolist()), (0.5, judged)])
    assert table["advantage"].tolist() == pytest.approx(by_hand, abs=1e-3)


def test_an_evaluation_may_have_groups_of_another_size(policy: Path, tmp_path: Path) -> None:
    with serve(tmp_path, RELATIVE) as server:
        bound = partial(reward, url=root_url(server), group_size=GENERATIONS)
        evaluated: dict[str, Any] = {"num_generations_eval": 2, "per_device_eval_batch_size": 8}
        trainer = train(policy, tmp_path, bound, 1, **evaluated)
        found = trainer.evaluate(eval_dataset=dataset())
    assert history(trainer, "gavel/unscored") == [0]
    assert found["eval_gavel/unscored"] == 0
    # Of two, the longer one has the part 1/2 and the shorter one 1; equally long ones both have 1.
    assert 0.75 <= found["eval_gavel/brief"] <= 1


def test_gdpo_masks_a_rollout_that_lacks_any_component(policy: Path, tmp_path: Path) -> None:
    with serve(tmp_path, FLAKY) as server:
        functions, weights = components(url=root_url(server))
        gdpo = {"multi_objective_aggregation": "normalize_then_sum", "reward_weights": weights}
        trainer = train(policy, tmp_path, functions, 2, **gdpo)
    table = completions(tmp_path, 2)
    holes = table["gavel/cause"] == "judge_timeout"
    assert holes.sum() == 3  # the 80th, 100th and 120th
    assert table["format"].isna().tolist() == holes.tolist()
    assert table["judged"].isna().tolist() == holes.tolist()
    assert table["advantage"][holes].tolist() == [0, 0, 0]
    assert history(trainer, "gavel/unscored") == [3 / 64] * 2


def test_the_functions_of_a_step_share_one_request(policy: Path, tmp_path: Path, url: str) -> None:
    functions, weights = components(url=url)
    before = answered(url)
    train(policy, tmp_path, functions, 3, reward_weights=weights)
    assert answered(url) - before == 3
