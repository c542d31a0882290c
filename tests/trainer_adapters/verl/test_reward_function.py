"""The reward function for verl against a real server, called as verl calls it, without verl."""

import logging
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from reward_server.connect.trainers import verl as connect
from tests.processes import ROOT, start_server
from trainer_adapters.client.errors import GavelError, InvalidSetting, Refused
from trainer_adapters.client.settings import Settings
from trainer_adapters.stand_in.policy import Policy, read
from trainer_adapters.stand_in.scorer import TAKEN, UnscoredRollout, key_of, scorer
from trainer_adapters.verl import compute_score

GAVEL = str(Path(sys.executable).with_name("gavel"))
SERVED = ROOT / "tests" / "trainers" / "verl" / "served"
ROW = {"index": 3, "split": "train", "prompt": "how much?", "expected": {}}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    files = [str(SERVED / name) for name in ("plain.yaml", "relative.yaml")]
    with start_server(GAVEL, "serve", *files, "--port", "0", "--log-level", "error") as server:
        yield server.root_url


Call = Callable[..., Coroutine[Any, Any, dict[str, float]]]


@pytest.fixture
def call(url: str, request: pytest.FixtureRequest) -> Call:
    """Call it as the naive manager does, in a run of the test's own."""
    options = {"url": url, "reward": "plain", "group_size": 2, "wait_s": 0, "run": request.node.name}

    def call(completion: str, **told: Any) -> Coroutine[Any, Any, dict[str, float]]:
        row = {**ROW, **told.pop("extra_info", {})}
        return compute_score("by_hand", completion, "much", row, **{**options, **told})

    return call


async def test_scores_and_components_are_plain_floats(call: Call) -> None:
    row = await call("1.0 0.5")
    assert row == {"score": 0.875, "first": 1.0, "second": 0.5, "context": 1.0, "unscored": 0.0}
    assert {type(value) for value in row.values()} == {float}


async def test_keys_are_the_same_for_what_could_not_be_scored(call: Call) -> None:
    assert list(await call("broken 0.5")) == list(await call("1.0 0.5"))


async def test_an_unscored_rollout_gets_the_mean_of_its_groups_others(call: Call) -> None:
    await call("1.0 0.2", group_size=3)
    await call("0.0 0.4", group_size=3)
    row = await call("broken 0.9", group_size=3)
    assert row == pytest.approx({"score": 0.45, "first": 0.5, "second": 0.3, "context": 1.0, "unscored": 1.0})


async def test_rows_with_another_index_prompt_or_run_are_other_groups(call: Call) -> None:
    await call("1.0 1.0")
    await call("0.0 0.0", extra_info={"index": 0})
    assert (await call("broken 1.0"))["score"] == 1.0
    # Alone in its group, the mean of what this process scored of late stands in for the group's.
    for told in ({"index": 4}, {"prompt": "how many?"}, {"group": "named"}):
        assert (await call("broken 1.0", extra_info=told))["score"] == 0.5
    assert (await call("broken 1.0", run="another"))["score"] == 0.0


async def test_what_the_server_does_not_know_is_the_mean_of_recent_rollouts(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    ours = scorer(*read({"url": url, "reward": "plain", "wait_s": 0, "run": "recent"}))
    for values in ({"score": 1.0, "first": 0.0}, {"score": 0.5, "first": 1.0}):
        ours.tally.scored(values)
    assert await ours._stand_ins(["score", "first"], {"group": "never seen"}) == {"score": 0.75, "first": 0.5}
    assert "a group's mean is not known" in caplog.text


async def test_zero_and_raise(call: Call) -> None:
    zero = await call("broken 0.5", on_unscored="zero", group_size=None)
    assert zero == {"score": 0.0, "first": 0.0, "second": 0.0, "context": 0.0, "unscored": 1.0}
    with pytest.raises(UnscoredRollout, match="component_error"):
        await call("broken 0.5", on_unscored="raise", group_size=None)


@pytest.mark.parametrize("told", [{"group_size": None}, {"extra_info": {"index": None}}])
async def test_group_mean_without_a_group_is_refused_at_the_first_call(
    call: Call, told: dict[str, Any]
) -> None:
    with pytest.raises(InvalidSetting, match=r"on_unscored=zero or on_unscored=raise"):
        await call("1.0 1.0", **told)


async def test_a_relative_reward_without_groups_is_refused(call: Call) -> None:
    with pytest.raises(Refused, match="group"):
        await call("1.0", reward="relative", on_unscored="zero", group_size=None)


async def test_validation_rows_are_groups_of_their_own_size(call: Call) -> None:
    row = await call("0.5", reward="relative", extra_info={"split": "test"}, group_size=8)
    assert row["share"] == 1.0


async def test_holes_are_counted_and_said_once_a_minute(call: Call, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "trainer_adapters.stand_in")
    await call("1.0 1.0")
    for _ in range(3):
        await call("broken 1.0", on_unscored="zero")
    said = [record.message for record in caplog.records if "unscored in this process" in record.message]
    assert said == ["1 of 1 rollouts unscored in this process (component_error 1); on_unscored=zero"]


def test_unknown_options_are_warned_of_and_verls_own_are_not(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        read({"on_unscord": "zero", "reward_router_address": "here", "reward_model_tokenizer": object()})
    assert [record.message.partition(" is no option")[0] for record in caplog.records] == ["'on_unscord'"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_unscored": "mask"}, "group_mean, zero, raise"),
        ({"wait_s": 601}, "at most 600"),
        ({"deadline_s": 0}, "0"),
    ],
)
def test_values_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GavelError, match=message):
        read(options)


def test_options_are_settings_and_policy() -> None:
    settings, policy = read({"url": "http://gpu:1", "group_size": 8, "on_unscored": "zero", "wait_s": None})
    assert settings == Settings(url="http://gpu:1", group_size=8)
    assert policy == Policy(on_unscored="zero")


def test_gavel_connect_tells_the_same_keys() -> None:
    assert connect.TAKEN == TAKEN
    assert [connect.key_of(name) for name in ("accuracy", "uid")] == ["accuracy", "component_uid"]


def test_keys_of_verl_are_left_to_verl() -> None:
    assert [key_of(name) for name in ("accuracy", "uid", "score", "acc")] == [
        "accuracy", "component_uid", "component_score", "component_acc",
    ]  # fmt: skip
