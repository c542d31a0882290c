"""Every adapter says whose rollouts it sends: the training run, and the trainer's step, on the wire."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tests.judges.raw_server import Received, raw_server
from tests.trainer_adapters.answers import client, scores, sent
from tests.trainer_adapters.slime.test_hooks import Sample, arguments
from trainer_adapters import InvalidSetting, Refused, Settings
from trainer_adapters.client.origin import Origin, as_told, validation
from trainer_adapters.ms_swift import GavelReward, component
from trainer_adapters.ms_swift.rows import name_of
from trainer_adapters.skyrl.scoring import score_blocking
from trainer_adapters.slime import custom_rm
from trainer_adapters.stand_in.policy import read
from trainer_adapters.trl import reward
from trainer_adapters.verl import compute_score
from trainer_adapters.verl.row import origin_of

LONG = 0.05
"""Seconds to collect: long enough for a busy machine to hand in what a test hands in."""
Said = tuple[str | None, int | None]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GAVEL_RUN", "GAVEL_URL", "GAVEL_REWARD", "GAVEL_TOKEN", "GAVEL_GROUP_SIZE"):
        monkeypatch.delenv(name, raising=False)


def said(received: list[Received]) -> list[Said]:
    """Run and step of each request with rollouts."""
    bodies = [sent(each) for each in received if each.body]
    return [(body.get("run"), body.get("step")) for body in bodies]


async def test_a_body_says_run_and_step_only_where_they_are_known() -> None:
    async with raw_server(scores()) as server:
        gavel = client(server.base_url)
        await gavel.score([{"completion": "x"}], run="grpo-7", step=41)
        await gavel.score([{"completion": "x"}])
        await gavel.aclose()
    assert said(server.received) == [("grpo-7", 41), (None, None)]
    assert {"run", "step"} & sent(server.received[1]).keys() == set()


async def test_the_settings_name_the_run_where_the_caller_does_not() -> None:
    async with raw_server(scores()) as server:
        gavel = client(server.base_url, run="by-setting")
        await gavel.score([{"completion": "x"}], step=0)
        await gavel.score([{"completion": "x"}], run="by-call")
        await gavel.aclose()
    assert said(server.received) == [("by-setting", 0), ("by-call", None)]


async def test_a_request_that_callers_share_holds_one_step() -> None:
    async with raw_server(scores()) as server:
        gavel = client(server.base_url, join_s=LONG)
        rollouts = [({"id": f"r{number}", "completion": "x" * number}, number % 2) for number in range(1, 9)]
        results = await asyncio.gather(*(gavel.join(rollout, step=step) for rollout, step in rollouts))
        await gavel.aclose()
    assert [result["reward"] for result in results] == [float(number) for number in range(1, 9)]
    assert sorted(said(server.received), key=str) == [(None, 0), (None, 1)]
    bodies = [sent(each) for each in server.received if each.body]
    by_step = {body["step"]: body["rollouts"] for body in bodies}
    assert {step: [each["id"] for each in found] for step, found in by_step.items()} == {
        0: ["r2", "r4", "r6", "r8"],
        1: ["r1", "r3", "r5", "r7"],
    }


@pytest.mark.parametrize(
    "wrong", [{"step": -1}, {"step": 1.5}, {"step": True}, {"run": ""}, {"run": "x" * 257}]
)
async def test_what_the_server_would_refuse_is_its_callers_mistake_alone(wrong: dict[str, Any]) -> None:
    gavel = client("http://127.0.0.1:9")
    with pytest.raises(Refused, match=r"at \$\.(run|step)"):
        await gavel.join({"completion": "x"}, **wrong)
    await gavel.aclose()


@pytest.mark.parametrize("step", [None, -1, 2**53 + 1, True, "7", 1.5, float("nan"), object()])
def test_what_a_trainer_tells_that_is_no_step_is_none(step: object) -> None:
    assert as_told("run", step) == Origin("run", None)


def test_what_a_trainer_tells_that_is_no_name_is_none() -> None:
    assert [as_told(run, 1).run for run in (None, "", "  ", 7, " a ", "x" * 300)] == [
        *(None,) * 4,
        "a",
        "x" * 256,
    ]


def test_validation_is_a_run_of_its_own_with_a_name_that_can_be_sent() -> None:
    assert [validation(run) for run in (None, "grpo")] == ["validation", "grpo-validation"]
    assert len(validation("x" * 256)) == 256


def test_a_run_of_the_environment_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_RUN", "from-the-shell")
    assert Settings.of().run == "from-the-shell"
    with pytest.raises(InvalidSetting, match="run is a name of 1 to 256 characters, not of 300"):
        Settings.of(run="x" * 300)


def of_trl(step: int | None) -> dict[str, Any]:
    state = {} if step is None else {"trainer_state": SimpleNamespace(global_step=step)}
    return {"prompts": ["p", "p"], "completions": ["a", "b"], **state}


async def test_trl(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_server(scores()) as server:
        url = server.base_url.removesuffix("/v1")
        await reward(**of_trl(3), url=url, run_name="grpo-7")
        monkeypatch.setenv("GAVEL_RUN", "from-the-shell")
        await reward(**of_trl(4), url=url)
        await reward(**of_trl(None), url=url)
    assert said(server.received) == [("grpo-7", 3), ("from-the-shell", 4), ("from-the-shell", None)]


async def test_ms_swift(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {
        "trainer_state": SimpleNamespace(global_step=12),
        "messages": [[{"role": "user", "content": "p"}]],
    }
    async with raw_server(scores()) as server:
        monkeypatch.setenv("GAVEL_URL", server.base_url.removesuffix("/v1"))
        args = SimpleNamespace(num_generations=1, output_dir="output/Qwen/v3-2026", run_name=None)
        functions = [GavelReward(args), component("accuracy")(args)]
        await asyncio.gather(*(function(["x"], **columns) for function in functions))
        monkeypatch.setenv("GAVEL_RUN", "mine")
        await GavelReward(args)(["x"], **columns)
    assert said(server.received) == [("v3-2026", 12), ("mine", 12)]


@pytest.mark.parametrize(
    ("args", "name"),
    [
        ({"run_name": "named", "output_dir": "out/dir"}, "named"),
        ({"output_dir": "out/dir/"}, "dir"),
        ({"output_dir": r"out\dir"}, "dir"),
        ({}, None),
    ],
)
def test_what_ms_swift_calls_its_run(args: Mapping[str, str], name: str | None) -> None:
    assert name_of(SimpleNamespace(**args)) == name


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"wandb_group": "grpo"}, ("grpo", 5)),
        ({}, (None, 5)),
        ({"over_sampling_batch_size": 64}, (None, None)),
        ({"over_sampling_batch_size": 32}, (None, 5)),
        ({"dynamic_sampling_filter_path": "mine.keep"}, (None, None)),
    ],
)
async def test_slime(more: dict[str, Any], expected: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """Group 163 with 32 groups a step is the fourth of step 5."""
    async with raw_server(scores()) as server:
        monkeypatch.setenv("GAVEL_URL", server.base_url.removesuffix("/v1"))
        await custom_rm(arguments(rollout_batch_size=32, **more), Sample(163, 1304, "p", "text"))
    assert said(server.received) == [expected]


async def test_slimes_evaluation_is_a_run_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_server(scores()) as server:
        monkeypatch.setenv("GAVEL_URL", server.base_url.removesuffix("/v1"))
        await custom_rm(arguments(rollout_batch_size=32, wandb_group="grpo"), Sample(None, 1, "p", "text"))
    assert said(server.received) == [("grpo-validation", None)]


async def test_skyrl_tells_no_step() -> None:
    async with raw_server(scores()) as server:
        options = read({"url": server.base_url.removesuffix("/v1"), "run": "sky", "on_unscored": "zero"})
        await asyncio.to_thread(score_blocking, {"completion": "x"}, *options)
    assert said(server.received) == [("sky", None)]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"max_global_steps": 41, "min_global_steps": 39, "global_steps": 41}, ("grpo", 42)),
        ({"max_global_steps": None, "global_steps": 0}, ("grpo", 1)),
        ({"split": "test", "max_global_steps": 41}, ("grpo-validation", 41)),
        ({}, ("grpo", None)),
    ],
)
async def test_verls_reward_function(row: dict[str, Any], expected: Said) -> None:
    """Weights of step 41 sample what verl trains on, and logs, as step 42."""
    async with raw_server(scores()) as server:
        kwargs = {"url": server.base_url.removesuffix("/v1"), "run": "grpo", "on_unscored": "zero"}
        await compute_score("by_hand", "text", "truth", row, **kwargs)
    assert said(server.received) == [expected]


def test_verl_without_a_name_of_the_run() -> None:
    assert origin_of(None, {"global_steps": 7}, validating=False) == Origin(None, 8)
    assert origin_of(None, {"global_steps": 7}, validating=True) == Origin("validation", 7)
