"""Our reward manager inside verl's reward loop: numbers, keys, groups, and what is told of a sample."""

from pathlib import Path
from statistics import fmean, stdev
from urllib.request import urlopen

import pytest
from verl.trainer.ppo.metric_utils import process_validation_metrics

from tests.judges.raw_server import raw_server
from tests.trainer_adapters.answers import scores, sent
from tests.trainers.verl.batches import Sample, group, response_mask
from tests.trainers.verl.configs import with_manager
from tests.trainers.verl.loops import Scored, score

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("ignore")]


async def test_scores_components_and_the_last_token(model: Path, server: str) -> None:
    scored = await score(
        with_manager(model, n=2, url=server, reward="plain"), group("a", "1.0 0.5", "0.2 0.0")
    )
    assert scored.scores == pytest.approx([0.875, 0.15])
    assert set(scored.infos) == {"score", "first", "second", "context", "unscored"}
    assert scored.infos["first"] == [1.0, 0.2]
    assert scored.infos["second"] == [0.5, 0.0]
    assert scored.infos["unscored"] == [0.0, 0.0]
    mask = response_mask(scored.batch)
    tokens = scored.rm_scores()
    for row, reward in enumerate([0.875, 0.15]):
        assert tokens[row, int(mask[row].sum()) - 1] == pytest.approx(reward)
        assert tokens[row].count_nonzero() == 1


async def test_prompt_ground_truth_tokens_and_finish_reason_arrive(model: Path, server: str) -> None:
    samples = [
        Sample("1.0 1.0", prompt="who, me?", ground_truth={"label": ["x", 1]}),
        Sample("1.0 1.0 but never done", finished=False),
        Sample("1.0 1.0" + " and on" * 30, finished=False),
        Sample("1.0 1.0", extra_info={"expected": {"asked": "user: another prompt"}}),
    ]
    scored = await score(with_manager(model, url=server, reward="plain"), samples)
    assert scored.infos["context"] == [1.0, 1.0, 1.0, 0.0]


async def test_an_unscored_rollout_gets_its_groups_mean_and_no_advantage(model: Path, server: str) -> None:
    samples = [*group("a", "1.0 1.0", "broken 0.5", "0.0 0.0", "0.5 0.2"), *group("b", *["0.5 0.5"] * 4)]
    scored = await score(with_manager(model, url=server, reward="plain"), samples)
    assert scored.scores == pytest.approx([1.0, (1.0 + 0.0 + 0.425) / 3, 0.0, 0.425, *[0.5] * 4])
    assert scored.infos["first"][1] == pytest.approx(0.5)
    assert scored.infos["second"][1] == pytest.approx(0.4)
    assert scored.infos["unscored"] == [0, 1, 0, 0, 0, 0, 0, 0]
    advantages = scored.grpo()
    assert advantages[1] == pytest.approx(0.0, abs=1e-5)
    # By hand: deviations from 0.475 over the sample deviation of all four, the filled one included.
    deviation = ((0.525**2 + 0.475**2 + 0.05**2) / 3) ** 0.5
    assert advantages[0] == pytest.approx(0.525 / deviation, rel=1e-4)
    assert advantages[2] == pytest.approx(-0.475 / deviation, rel=1e-4)
    assert advantages[4:] == pytest.approx([0.0] * 4, abs=1e-5)


async def test_a_group_without_any_score_is_a_constant(model: Path, server: str) -> None:
    config = with_manager(model, n=2, url=server, reward="plain")
    scored = await score(config, [*group("a", "broken 1", "broken 0"), *group("b", "1.0 1.0", "0.0 0.0")])
    assert scored.scores == [0.0, 0.0, 1.0, 0.0]
    assert scored.infos["unscored"] == [1, 1, 0, 0]
    assert scored.grpo()[:2] == [0.0, 0.0]


async def test_five_percent_unscored_leave_every_baseline_as_if_they_were_not_there(
    model: Path, server: str
) -> None:
    firsts: list[list[float | None]] = [[place / 8 for place in range(8)] for _ in range(5)]
    firsts[1][3] = firsts[4][7] = None
    samples = [
        sample
        for name, values in zip("abcde", firsts, strict=True)
        for sample in group(name, *("broken 0.0" if value is None else f"{value} 0.0" for value in values))
    ]
    scored = await score(with_manager(model, n=8, url=server, reward="plain"), samples)
    assert sum(scored.infos["unscored"]) / len(samples) == 0.05
    wanted = [advantage for values in firsts for advantage in by_hand(values)]
    assert scored.grpo() == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def by_hand(firsts: list[float | None]) -> list[float]:
    """GRPO's advantages with the baseline of what was scored, and 0 for what was not."""
    rewards = [0.75 * value for value in firsts if value is not None]
    deviation = (sum((reward - fmean(rewards)) ** 2 for reward in rewards) / (len(firsts) - 1)) ** 0.5
    return [0.0 if value is None else (0.75 * value - fmean(rewards)) / deviation for value in firsts]


async def test_gdpo_takes_the_raw_components(model: Path, server: str) -> None:
    config = with_manager(model, url=server, reward="plain")
    scored = await score(config, group("a", "1.0 0.2", "broken 0.9", "0.0 0.4", "0.5 0.9"))
    # By hand: deviations from the means 0.5 and 0.5, which stand in for the second rollout.
    first, second = [0.5, 0.0, -0.5, 0.0], [-0.3, 0.0, -0.1, 0.4]
    deviations = ((0.5 / 3) ** 0.5, (0.26 / 3) ** 0.5)
    summed = [a / deviations[0] + b / deviations[1] for a, b in zip(first, second, strict=True)]
    assert scored.gdpo("first", "second") == pytest.approx(whitened(summed, scored), abs=1e-4)


def whitened(advantages: list[float], scored: Scored) -> list[float]:
    """Over all tokens of the batch, as GDPO does at its end."""
    lengths = [int(length) for length in response_mask(scored.batch).sum(dim=1)]
    tokens = [advantage for advantage, length in zip(advantages, lengths, strict=True) for _ in range(length)]
    return [(advantage - fmean(tokens)) / stdev(tokens) for advantage in advantages]


async def test_zero_and_raise_are_explicit(model: Path, server: str) -> None:
    samples = group("a", "1.0 1.0", "broken 1.0", "0.0 0.0", "0.0 0.0")
    scored = await score(with_manager(model, url=server, reward="plain", on_unscored="zero"), samples)
    assert scored.scores == [1.0, 0.0, 0.0, 0.0]
    assert [scored.infos[key][1] for key in ("first", "second", "unscored")] == [0.0, 0.0, 1.0]
    with pytest.raises(Exception, match=r"component_error.*on_unscored is raise"):
        await score(with_manager(model, url=server, reward="plain", on_unscored="raise"), samples)


async def test_samples_of_a_relative_reward_wait_for_their_group(model: Path, server: str) -> None:
    samples = [*group("a", "1.0", "0.5"), *group("b", "0.5", "0.25")]
    mixed = [samples[place] for place in (0, 2, 1, 3)]
    scored = await score(with_manager(model, n=2, url=server, reward="relative"), mixed)
    assert scored.scores == [1.0, 1.0, 0.5, 0.5]


async def test_equal_completions_are_rollouts_of_their_own(model: Path, server: str) -> None:
    samples = [*group("a", "0.5", "0.5"), *group("b", "1.0", "0.5")]
    assert (await score(with_manager(model, n=2, url=server, reward="relative"), samples)).scores == [
        1,
        1,
        1,
        0.5,
    ]


async def test_validation_has_groups_of_its_own_size(model: Path, server: str) -> None:
    config = with_manager(model, n=4, url=server, reward="relative")
    scored = await score(config, group("v", "0.5", extra_info={"split": "test"}))
    assert scored.scores == [1.0]


async def test_a_component_left_out_for_a_group_is_a_constant_in_it(model: Path, server: str) -> None:
    config = with_manager(model, n=2, url=server, reward="renormalised")
    scored = await score(config, [*group("a", "broken 1.0", "1.0 0.0"), *group("b", "1.0 0.5", "0.0 0.5")])
    assert scored.scores == [1.0, 0.0, 0.875, 0.125]
    assert scored.infos["first"] == [0.0, 0.0, 1.0, 0.0]
    assert scored.infos["unscored"] == [0.0] * 4


async def test_validation_averages_every_key(model: Path, server: str) -> None:
    """By verl's own function; `unscored` is then the fraction that was filled in."""
    samples = [
        Sample(text, text, extra_info={"split": "test"}) for text in ("1.0 1.0", "broken 1.0", "0.5 0.5")
    ]
    infos = (await score(with_manager(model, url=server, reward="plain"), samples)).infos
    metrics = process_validation_metrics(["by_hand"] * 3, ["x", "y", "z"], infos)["by_hand"]
    assert set(metrics) == {"score", "first", "second", "context", "unscored"}
    assert metrics["unscored"]["mean@1"] == pytest.approx(1 / 3)
    assert metrics["first"]["mean@1"] == pytest.approx(0.5)  # the one without a group has 0 to give


async def test_samples_that_come_together_share_a_request(model: Path, server: str) -> None:
    before = posts(server)
    await score(with_manager(model, n=8, url=server, reward="plain"), group("a", *["0.5 0.5"] * 8))
    assert 1 <= posts(server) - before <= 3


def posts(server: str) -> float:
    """How many requests for rewards the server has answered."""
    with urlopen(f"{server.removesuffix('/v1/rewards')}/metrics", timeout=10) as reply:
        lines = reply.read().decode().splitlines()
    counter = 'gavel_http_requests_total{route="/v1/rewards",'
    return sum(float(line.split()[-1]) for line in lines if line.startswith(counter))


async def test_the_run_and_the_step_that_verl_logs_are_said(model: Path) -> None:
    """Weights of step 41 sample what verl trains on, and logs, as step 42."""
    samples = [
        Sample("1.0 1.0", extra_info={"max_global_steps": 41}),
        Sample("0.0 0.0", extra_info={"max_global_steps": 41, "split": "test"}),
    ]
    async with raw_server(scores()) as server:
        options = {"url": server.base_url.removesuffix("/v1"), "on_unscored": "zero"}
        config = with_manager(model, n=1, **options)
        config.trainer.experiment_name = "grpo-7"
        await score(config, samples)
        bodies = [sent(each) for each in server.received if each.body]
    said = {(body["run"], body["step"]) for body in bodies}
    assert said == {("grpo-7", 42), ("grpo-7-validation", 41)}
