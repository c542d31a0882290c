"""Our reward function under verl's own naive manager, loaded by path as verl loads it."""

from pathlib import Path

import pytest

from tests.trainers.verl.batches import group
from tests.trainers.verl.configs import with_function
from tests.trainers.verl.loops import score

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("ignore")]


async def test_scores_and_components(model: Path, server: str) -> None:
    config = with_function(model, n=2, url=server, reward="plain", run="scores")
    scored = await score(config, group("a", "1.0 0.5", "0.2 0.0"))
    assert scored.scores == pytest.approx([0.875, 0.15])
    assert set(scored.infos) == {"score", "first", "second", "context", "unscored"}
    assert scored.infos["second"] == [0.5, 0.0]
    assert scored.infos["unscored"] == [0.0, 0.0]


async def test_the_rows_index_makes_the_groups_of_unscored_rollouts(model: Path, server: str) -> None:
    config = with_function(model, url=server, reward="plain", run="unscored")
    samples = [*group("a", "1.0 1.0", "broken 0.5", "0.0 0.0", "0.5 0.2"), *group("b", *["0.5 0.5"] * 4)]
    scored = await score(config, samples)
    assert scored.scores == pytest.approx([1.0, 0.475, 0.0, 0.425, *[0.5] * 4])
    assert scored.infos["unscored"] == [0, 1, 0, 0, 0, 0, 0, 0]
    assert scored.grpo()[1] == pytest.approx(0.0, abs=1e-5)


async def test_a_relative_reward_compares_the_rollouts_of_a_row(model: Path, server: str) -> None:
    config = with_function(model, n=2, url=server, reward="relative", run="relative")
    scored = await score(config, [*group("a", "1.0", "0.5"), *group("b", "0.5", "0.25")])
    assert scored.scores == [1.0, 0.5, 1.0, 0.5]


async def test_the_prompt_arrives_where_the_agent_loop_tells_it(model: Path, server: str) -> None:
    config = with_function(model, n=1, url=server, reward="plain", run="prompt")
    known = {"asked": "user: how much?", "truth": "much", "tokens": None, "finish": None, "turns": 2}
    wrong = {**known, "asked": "user: how many?"}
    samples = [
        group(row, "1.0 1.0", extra_info={"expected": told})[0] for row, told in [("a", known), ("b", wrong)]
    ]
    assert (await score(config, samples)).infos["context"] == [1.0, 0.0]


async def test_a_package_path_works_like_a_file(model: Path, server: str) -> None:
    config = with_function(model, n=1, url=server, reward="plain", run="package")
    config.reward.custom_reward_function.path = "pkg://trainer_adapters.verl"
    assert (await score(config, group("a", "1.0 0.0"))).scores == [0.75]


async def test_without_a_group_the_first_call_says_what_to_do(model: Path, server: str) -> None:
    samples = group("a", "1.0 1.0", extra_info={"index": None})
    with pytest.raises(Exception, match=r"extra_info.index.*on_unscored=zero or on_unscored=raise"):
        await score(with_function(model, n=1, url=server, reward="plain"), samples)
    scored = await score(with_function(model, n=1, url=server, reward="plain", on_unscored="zero"), samples)
    assert scored.scores == [1.0]
