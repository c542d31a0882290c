"""ms-swift's reward functions as ms-swift calls them: a class with args, a new event loop for each batch."""

import asyncio
import inspect
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reward_server.http.serving import Served
from tests.trainer_adapters.labels import COMPLETIONS, RELATIVE, SLOW, serve_labels
from trainer_adapters.client.errors import GavelError, TooManyUnscored
from trainer_adapters.ms_swift import GavelReward, component
from trainer_adapters.ms_swift.rows import trajectories

SPAM, HAM, BROKEN = COMPLETIONS


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_labels(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(autouse=True)
def _settings(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_URL", served.url)
    for name in ("GAVEL_REWARD", "GAVEL_TOKEN", "GAVEL_GROUP_SIZE", "GAVEL_ON_UNSCORED"):
        monkeypatch.delenv(name, raising=False)


def call(completions: list[str], truths: list[Any], *functions: type[GavelReward], **columns: Any) -> Any:
    """One batch as ms-swift scores it: every function on one new loop. Groups of `size`, else two."""
    size, scale = columns.pop("size", 2), columns.pop("scale", "group")
    args = SimpleNamespace(num_generations=size, output_dir="run", scale_rewards=scale)
    step = columns.pop("step", 0)
    count = len(completions)
    given = {
        "trainer_state": SimpleNamespace(global_step=step),
        "messages": [
            [{"role": "user", "content": f"prompt {place // 2}"}, {"role": "assistant", "content": text}]
            for place, text in enumerate(completions)
        ],
        "prompt_id": [f"prompt_{place // 2}" for place in range(count)],
        "request_id": [f"{step}-{place}" for place in range(count)],
        "solution": truths,
        **columns,
    }
    made = [function(args=args) for function in functions or (GavelReward,)]

    async def gathered() -> list[Any]:
        return await asyncio.gather(*[one(completions, **given) for one in made])

    found = asyncio.run(gathered())
    return found if functions else found[0]


TRUTH = {"label": "spam"}


def test_ms_swift_sees_that_it_is_asynchronous() -> None:
    assert inspect.iscoroutinefunction(GavelReward().__call__)
    assert component("accuracy").__name__ == "accuracy"


def test_rewards_are_those_of_the_url() -> None:
    assert call([SPAM, HAM, BROKEN, SPAM], [TRUTH] * 4) == [1.0, 0.25, 0.0, 1.0]


def test_batches_on_one_new_loop_after_the_other() -> None:
    for step in range(3):
        assert call([SPAM, HAM], [TRUTH] * 2, step=step) == [1.0, 0.25]


def test_an_unscored_rollout_is_the_mean_of_its_group() -> None:
    values = call([SPAM, SPAM, HAM, SPAM], [TRUTH, None, TRUTH, TRUTH], step=10)
    assert values == [1.0, 1.0, 0.25, 1.0]
    assert call([HAM, SPAM, SPAM, SPAM], [None, None, TRUTH, TRUTH], step=11) == [0.0, 0.0, 1.0, 1.0]


def test_five_percent_unscored_get_the_means_of_their_groups() -> None:
    texts = [SPAM if place % 2 else HAM for place in range(40)]
    truths = [None if place in (1, 9) else TRUTH for place in range(40)]
    groups = [f"prompt_{place // 8}" for place in range(40)]
    prompts = [[{"role": "user", "content": group}] for group in groups]
    values = call(texts, truths, step=14, prompt_id=groups, messages=prompts, size=8)
    mean = (3 * 1.0 + 4 * 0.25) / 7
    expected = [mean if place in (1, 9) else 1.0 if place % 2 else 0.25 for place in range(40)]
    assert values == pytest.approx(expected)


@pytest.mark.soak
def test_a_server_that_is_slow_leaves_the_mean_in_place_of_what_is_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_labels(tmp_path, reward=SLOW) as server:
        monkeypatch.setenv("GAVEL_URL", server.url)
        monkeypatch.setenv("GAVEL_DEADLINE_S", "2")
        assert call([SPAM, HAM], [TRUTH] * 2, step=15) == [1.0, 1.0]
        monkeypatch.setenv("GAVEL_ON_UNSCORED", "none")
        assert call([SPAM, HAM], [TRUTH] * 2, step=16) == [1.0, None]


def test_a_hole_in_no_group_has_no_mean() -> None:
    assert call([SPAM, SPAM], [TRUTH, TRUTH], step=12, prompt_id=[None, None]) == [1.0, 1.0]
    with pytest.raises(GavelError, match="without `prompt_id`"):
        call([SPAM, SPAM], [TRUTH, None], step=13, prompt_id=[None, None])


def test_the_rest_of_a_group_that_another_process_sent_counts(served: Served) -> None:
    """Two ranks hold one rollout each of a group of two."""
    ours = {"prompt_id": ["prompt_0"], "messages": [[{"role": "user", "content": "p"}]]}
    scored = call([HAM], [TRUTH], step=20, request_id=["a"], **ours)
    filled = call([SPAM], [None], step=20, request_id=["b"], **ours)
    assert (scored, filled) == ([0.25], [0.25])


def test_components_are_raw_and_share_one_request(served: Served) -> None:
    before = served.metrics("gavel_accepted_rollouts_total")[("test",)]
    found = call([SPAM, HAM], [TRUTH] * 2, component("accuracy"), component("format"), step=30)
    assert found == [[1.0, 0.0], [1.0, 1.0]]
    assert served.metrics("gavel_accepted_rollouts_total")[("test",)] - before == 2


def test_a_rollout_unscored_in_one_component_is_none_in_each_under_gdpo() -> None:
    both = (component("accuracy"), component("format"))
    found = call([SPAM, SPAM], [TRUTH, None], *both, scale="gdpo", step=40)
    assert found == [[1.0, None], [1.0, None]]


def test_batches_without_request_ids_are_told_apart_by_what_they_hold() -> None:
    reward = GavelReward(args=SimpleNamespace(num_generations=1))

    async def at_once() -> list[Any]:
        return await asyncio.gather(*[reward([text], solution=[TRUTH]) for text in COMPLETIONS])

    assert asyncio.run(at_once()) == [[1.0], [0.25], [0.0]]


def test_a_reference_that_json_cannot_say_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_ON_UNSCORED", "none")
    assert call([SPAM, SPAM], [TRUTH, {"label": math.nan}], step=60) == [1.0, None]


def test_policies_are_explicit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_ON_UNSCORED", "zero")
    assert call([SPAM, SPAM], [TRUTH, None], step=50) == [1.0, 0.0]
    monkeypatch.setenv("GAVEL_ON_UNSCORED", "none")
    assert call([SPAM, SPAM], [TRUTH, None], step=51) == [1.0, None]
    monkeypatch.setenv("GAVEL_ON_UNSCORED", "raise")
    with pytest.raises(GavelError, match="missing_ground_truth"):
        call([SPAM, SPAM], [TRUTH, None], step=52)
    monkeypatch.setenv("GAVEL_ON_UNSCORED", "mean")
    with pytest.raises(GavelError, match="group_mean, none, zero, raise"):
        GavelReward()


def test_a_component_that_there_is_not_is_named_with_those_there_are() -> None:
    with pytest.raises(GavelError, match="no component 'speed'"):
        call([SPAM], [TRUTH], component("speed"), step=60)


def test_a_server_that_is_gone_for_good_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("GAVEL_DEADLINE_S", "0.3")
    many = [SPAM, HAM] * 40
    with pytest.raises(TooManyUnscored):
        call(many, [TRUTH] * len(many), step=100)


def test_a_group_over_two_ranks_is_compared_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rank(place: int) -> list[float]:
        return list(
            call(
                ["x" * (9 - place)],
                [TRUTH],
                step=80,
                request_id=[f"rank-{place}"],
                messages=[[{"role": "user", "content": "the prompt"}]],
            )
        )

    with serve_labels(tmp_path, reward=RELATIVE) as server, ThreadPoolExecutor(2) as ranks:
        monkeypatch.setenv("GAVEL_URL", server.url)
        assert list(ranks.map(rank, range(2))) == [[1.0], [0.0]]


def test_one_reward_for_all_samples_of_a_multi_turn_rollout() -> None:
    values = call([HAM, SPAM], [TRUTH] * 2, step=70, request_id=["a", "a"], prompt_id=["prompt_0"] * 2)
    assert values == [1.0, 1.0]


def test_what_a_row_says_becomes_a_rollout() -> None:
    columns = {
        "messages": [[{"role": "user", "content": "Q", "loss": None}, {"role": "assistant", "content": "A"}]],
        "prompt_id": ["prompt_3"],
        "request_id": ["r"],
        "solution": ["S"],
        "is_truncated": [True],
        "finish_reason": ["length"],
        "response_token_ids": [[[1, 2], [3]]],
        "source": ["web"],
        "images": [[object()]],
        "oddity": [object()],
        "trainer_state": SimpleNamespace(global_step=7),
    }
    (rollout,), places = trajectories(["A"], columns, 4, "run")
    group = rollout.pop("group")
    assert places == [0]
    assert rollout == {
        "id": "r",
        "completion": "A",
        "prompt": [{"role": "user", "content": "Q"}],
        "ground_truth": "S",
        "metadata": {"source": "web"},
        "finish_reason": "length",
        "completion_tokens": 3,
        "group_size": 4,
    }
    (same,), _ = trajectories(["B"], {**columns, "request_id": ["s"]}, 4, "run")
    (later,), _ = trajectories(["A"], {**columns, "trainer_state": SimpleNamespace(global_step=8)}, 4, "run")
    (other,), _ = trajectories(["A"], columns, 4, "another run")
    assert same["group"] == group
    assert group not in (later["group"], other["group"])
