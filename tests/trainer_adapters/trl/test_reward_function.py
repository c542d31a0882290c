"""TRL's reward functions against a real server, called as TRL calls them. No TRL is needed for it."""

import asyncio
import inspect
import math
import pickle
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.reward_server.http.serving import Served, serve
from trainer_adapters import trl
from trainer_adapters.client.errors import GavelError, Refused, TooManyUnscored
from trainer_adapters.trl import component, components, reward

GOOD = '<think>it asks for money now</think>{"label": "spam"}'
WRONG = '<think>it asks for money now</think>{"label": "ham"}'
TRUTH = {"label": "spam"}
DEAD = "http://127.0.0.1:9"
"""The port of `discard`, on which nobody listens."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("reward")) as server:
        yield server


class Log:
    """What TRL was told."""

    def __init__(self) -> None:
        self.metrics: dict[str, list[float]] = {}
        self.columns: dict[str, list[object]] = {}

    @property
    def keywords(self) -> dict[str, Any]:
        return {"log_metric": self.metric, "log_extra": self.columns.__setitem__}

    def metric(self, name: str, value: float) -> None:
        self.metrics.setdefault(name, []).append(value)


def given(*completions: str, **columns: Any) -> dict[str, Any]:
    """TRL's keywords; the last completion has no ground truth where it is empty."""
    return {
        "prompts": ["is it spam?"] * len(completions),
        "completions": list(completions),
        "completion_ids": [[1]] * len(completions),
        "ground_truth": [TRUTH if completion else None for completion in completions],
        **columns,
    }


def batches(served: Served) -> float:
    return sum(
        value
        for labels, value in served.metrics("gavel_http_requests_total").items()
        if "/v1/rewards" in labels
    )


async def test_a_rollout_that_is_unscored_has_no_reward_and_is_logged_as_such(served: Served) -> None:
    log = Log()
    rewards = await reward(**given(GOOD, WRONG, ""), url=served.url, **log.keywords)
    # 0.4 accuracy, 0.2 format and 0.2 length, divided by their sum.
    assert rewards == [pytest.approx(1.0), pytest.approx(0.5), None]
    assert log.metrics["gavel/accuracy"] == [1, 0]
    assert log.metrics["gavel/format"] == [1, 1, 0]
    assert log.metrics["gavel/unscored"] == [0, 0, 1]
    assert log.metrics["gavel/unscored/data"] == [0, 0, 1]
    assert log.metrics["gavel/unscored/judge"] == [0, 0, 0]
    assert log.columns["gavel/cause"] == ["", "", "missing_ground_truth"]
    assert log.columns["gavel/accuracy"] == [1, 0, None]


async def test_a_metric_without_a_value_is_logged_as_nan_so_that_ranks_log_the_same_names(
    served: Served,
) -> None:
    log = Log()
    await reward(**given("", ""), url=served.url, max_unscored_fraction=1, **log.keywords)
    assert [math.isnan(value) for value in log.metrics["gavel/accuracy"]] == [True]
    assert set(log.columns) == {"gavel/accuracy", "gavel/format", "gavel/length", "gavel/cause"}


async def test_two_rewards_of_one_server_log_under_their_names(served: Served) -> None:
    log = Log()
    await reward(**given(GOOD), url=served.url, reward_name="test", **log.keywords)
    assert log.metrics["gavel/test/accuracy"] == [1]


async def test_the_environment_says_what_nobody_bound(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAVEL_URL", served.url)
    monkeypatch.setenv("GAVEL_GROUND_TRUTH_COLUMN", "gold")
    monkeypatch.setenv("GAVEL_MAX_COMPLETION_LENGTH", "1")
    log = Log()
    rewards = await reward(**given("", gold=[TRUTH]), **log.keywords)
    assert rewards == [0.0]
    cut = await component.format(**given(GOOD, gold=[TRUTH]))
    assert cut == [0.0]  # one token is all it may have


async def test_a_column_that_hides_a_keyword_is_an_error_that_says_how_to_rename_it(served: Served) -> None:
    bound = partial(reward, url=served.url)
    with pytest.raises(GavelError, match=r"column `url` hides .*rename_column\('url'"):
        await bound(**given(GOOD, url=["https://example.org"]))


async def test_no_rollouts_are_no_request() -> None:
    assert await reward([], [], [], url=DEAD) == []


async def test_a_mistake_is_refused_at_once(served: Served) -> None:
    with pytest.raises(Refused, match="unknown_reward"):
        await reward(**given(GOOD), url=served.url, reward_name="another")


async def test_a_dead_server_masks_everything_and_then_stops_the_run() -> None:
    bound = partial(reward, url=DEAD, deadline_s=0.2)
    assert await bound(**given(*[GOOD] * 32)) == [None] * 32
    with pytest.raises(TooManyUnscored):
        await bound(**given(*[GOOD] * 32))
    apart = {"url": DEAD, "deadline_s": 0.2, "max_unscored_fraction": 1}
    assert await component.accuracy(**given(GOOD), **apart) == [None]


def test_the_form_that_trl_awaits_and_async_grpo_pickles(served: Served) -> None:
    bound = partial(reward, url=served.url, group_size=4)
    again = pickle.loads(pickle.dumps(bound))
    assert inspect.iscoroutinefunction(again)
    assert (again.func, again.keywords) == (reward, bound.keywords)
    accuracy = component.accuracy
    assert accuracy.__name__ == "accuracy"
    assert inspect.iscoroutinefunction(accuracy)
    assert pickle.loads(pickle.dumps(accuracy)) is accuracy is component.accuracy


def test_only_components_are_made_up() -> None:
    with pytest.raises(AttributeError):
        _ = component._accuracy
    assert not hasattr(component, "__path__")
    public = [name for name, value in vars(component).items() if not name.startswith("_")]
    assert all(vars(component)[name].__module__ == component.__name__ for name in public)


def test_components_come_with_their_weights(served: Served) -> None:
    functions, weights = components(url=served.url)
    assert [function.func.__name__ for function in functions] == ["accuracy", "format", "length"]  # type: ignore[attr-defined]
    assert weights == pytest.approx([0.5, 0.25, 0.25])
    with pytest.raises(TypeError, match="not urll"):
        components(urll=served.url)


async def test_component_functions_share_a_request_and_mask_alike(served: Served) -> None:
    functions, _ = components(url=served.url)
    before = batches(served)
    log = Log()
    asked = given(GOOD, WRONG, "", **log.keywords)
    columns = await asyncio.gather(*[function(**asked) for function in functions])
    assert columns == [[1, 0, None], [1, 1, None], [1, 1, None]]
    assert batches(served) - before == 1
    assert set(log.columns) == {"gavel/cause"}
    assert log.metrics["gavel/reward"] == pytest.approx([1, 0.5])
    assert log.metrics["gavel/unscored"] == [0, 0, 1]


async def test_component_functions_one_after_the_other_share_it_too_and_a_second_time_is_another(
    served: Served,
) -> None:
    functions, _ = components(url=served.url)
    before = batches(served)
    for _ in range(2):
        for function in functions:
            await function(**given(GOOD, WRONG, GOOD))
    assert batches(served) - before == 2


def test_component_functions_share_it_over_event_loops(served: Served) -> None:
    functions, _ = components(url=served.url)
    before = batches(served)

    async def ask(function: Callable[..., Awaitable[list[float | None]]]) -> list[float | None]:
        return await function(**given(WRONG, WRONG))

    columns = [asyncio.run(ask(function)) for function in functions]
    assert columns == [[0, 0], [1, 1], [1, 1]]
    assert batches(served) - before == 1


async def test_a_component_that_there_is_not_is_an_error_that_names_those_there_are(served: Served) -> None:
    with pytest.raises(GavelError, match=r"no component 'tone'\. Its components: accuracy, format, length"):
        await component.tone(**given(GOOD), url=served.url)


def test_the_module_says_no_more_than_it_promises() -> None:
    assert trl.__all__ == ["components", "reward"]
