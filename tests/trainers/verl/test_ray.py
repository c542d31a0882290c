"""verl's reward loop under Ray: two workers, processes of their own, share the rollouts of a group."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import ray
from omegaconf import DictConfig
from verl.experimental.reward_loop import RewardLoopManager
from verl.utils import hf_tokenizer

from tests.processes import ROOT
from tests.trainers.verl.batches import Sample, batch_of, group, response_mask
from tests.trainers.verl.configs import with_function, with_manager
from trainer_adapters.stand_in.scorer import UnscoredRollout

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("ignore")]

SAMPLES = [*group("a", "1.0 1.0", "broken 0.5", "0.0 0.0", "0.5 0.2"), *group("b", *["0.2 0.6"] * 4)]
ORDER = [0, 4, 1, 5, 2, 6, 3, 7]
"""The two workers get halves of the batch, and here of each group."""
REWARDS = [1.0, 0.475, 0.0, 0.425, *[0.3] * 4]
"""By hand; the second is the mean of its group's others."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Ray on this machine, in whose processes our package can be imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield
        ray.shutdown()


@contextmanager
def loop_of(config: DictConfig) -> Iterator[RewardLoopManager]:
    """A reward loop, whose workers have names that the next one's have, too."""
    loop = RewardLoopManager(config)
    yield loop
    for worker in loop.reward_loop_workers:
        ray.kill(worker)
    while any(name.startswith("reward_loop_worker") for name in ray.util.list_named_actors()):
        pass  # they die soon after the call, and only then are the names free


@pytest.fixture(scope="module", params=[with_manager, with_function], ids=["manager", "function"])
def loop(
    request: pytest.FixtureRequest, cluster: None, model: Path, server: str
) -> Iterator[RewardLoopManager]:
    configured: Callable[..., DictConfig] = request.param
    options = {"run": "ray"} if configured is with_function else {}
    with loop_of(configured(model, url=server, reward="plain", **options)) as loop:
        yield loop


def samples_in(order: list[int], rows: str) -> list[Sample]:
    """The samples in another order, in rows that no other test has."""
    return [replace(SAMPLES[place], extra_info={"index": f"{rows}-{SAMPLES[place].uid}"}) for place in order]


@pytest.mark.usefixtures("cluster")
def test_an_error_of_a_worker_reaches_the_trainer(model: Path, server: str) -> None:
    """First in this file, before there are workers of the same names."""
    batch = batch_of(samples_in(ORDER, "raise"), hf_tokenizer(str(model)))
    with (
        loop_of(with_manager(model, url=server, reward="plain", on_unscored="raise")) as loop,
        pytest.raises(UnscoredRollout, match=r"component_error.*on_unscored is raise"),
    ):
        loop.compute_rm_score(batch)


def test_a_batch_over_two_workers(loop: RewardLoopManager, model: Path) -> None:
    batch = batch_of(samples_in(ORDER, "batch"), hf_tokenizer(str(model)))
    scored = loop.compute_rm_score(batch)
    rewards = [REWARDS[place] for place in ORDER]
    tokens, lengths = scored.batch["rm_scores"], response_mask(batch).sum(dim=1)
    assert tokens.sum(dim=1).tolist() == pytest.approx(rewards)
    assert [float(tokens[row, int(lengths[row]) - 1]) for row in range(8)] == pytest.approx(rewards)
    assert set(scored.meta_info["reward_extra_keys"]) == {"score", "first", "second", "context", "unscored"}
    assert scored.non_tensor_batch["unscored"].tolist() == [float(place == 1) for place in ORDER]
    assert scored.non_tensor_batch["first"].dtype.kind == "f"


def test_single_samples_sent_to_any_worker(loop: RewardLoopManager, model: Path) -> None:
    """As the agent loop does it, a sample at a time when its rollout has ended."""
    batch = batch_of(samples_in(ORDER, "single"), hf_tokenizer(str(model)))
    workers, draw = loop.reward_loop_worker_handles, random.Random(0)
    futures = [draw.choice(workers).compute_score.remote(batch[row : row + 1]) for row in range(8)]
    results: list[dict[str, Any]] = ray.get(futures)
    assert [result["reward_score"] for result in results] == pytest.approx(
        [REWARDS[place] for place in ORDER]
    )
