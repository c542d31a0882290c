"""A scalar reward model as a component, over a server that speaks vLLM's /classify."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from reward_server.check.lint import lint
from reward_server.components.reward_model import RewardModel
from reward_server.reward.component import Component
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.document import Document, parse
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Message, Rollout
from tests.judges.classifiers.endpoint import answer, says
from tests.judges.raw_server import Behaviour, RawServer, Received, raw_server, replies, response


def reward_file(options: str, url: str = "http://127.0.0.1:9", gate: str = "") -> Document:
    text = f"""
name: rm
completion: {{reasoning: {{tag: think}}}}
components:
  rm: {{use: reward_model, classifier: rm{options}}}
  other: {{use: repetition{gate}}}
classifiers:
  rm: {{use: vllm, base_url: "{url}", model: rm, api_key_env: null, attempts: 1}}
"""
    return parse(text, "reward.yaml", Path())


def component(function: RewardFunction) -> Component:
    return next(column.component for column in function.columns if column.name == "rm")


@asynccontextmanager
async def scoring(options: str, behave: Behaviour) -> AsyncIterator[tuple[RawServer, Component]]:
    async with raw_server(behave) as server:
        function = load_reward(reward_file(options, server.base_url))
        try:
            yield server, component(function)
        finally:
            await function.aclose()


def rollout(text: str = "<think>hm</think> Because.", prompt: object = "Why?", name: str = "r") -> Rollout:
    layout = load_reward(reward_file("")).layout
    return Rollout(id=name, completion=Completion(text, layout), prompt=prompt)  # type: ignore[arg-type]


async def scored(options: str, behave: Behaviour, *rollouts: Rollout) -> list[Outcome]:
    async with scoring(options, behave) as (_, it):
        return list(await it(Group("g", rollouts or [rollout()])))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", 1 / (1 + math.exp(-2.5))),
        (", transform: sigmoid", 1 / (1 + math.exp(-2.5))),
        (", transform: raw", 2.5),
        (", transform: raw, clip: [-1, 2]", 2.0),
        (", transform: raw, clip: [3, 4]", 3.0),
        (", transform: raw, clip: [-3, 3]", 2.5),
    ],
)
async def test_the_logit_becomes_the_value(options: str, expected: float) -> None:
    (outcome,) = await scored(options, says(2.5))
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(expected)


async def test_each_rollout_of_a_group_gets_its_own() -> None:
    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(response(answer(received, float(received.json["messages"][1]["content"]))))

    rollouts = [rollout(str(number), name=str(number)) for number in range(16)]
    outcomes = await scored(", transform: raw", behave, *rollouts)
    assert [float(outcome) for outcome in outcomes] == list(range(16))


@pytest.mark.parametrize(
    ("options", "prompt", "sent"),
    [
        ("", "Why?", [("user", "Why?"), ("assistant", "<think>hm</think> Because.")]),
        (", of: answer", "Why?", [("user", "Why?"), ("assistant", " Because.")]),
        (", of: reasoning", "Why?", [("user", "Why?"), ("assistant", "hm")]),
        (
            ", of: answer",
            [Message("system", "Be brief."), Message("user", [{"type": "text", "text": "Why?"}])],
            [("system", "Be brief."), ("user", "Why?"), ("assistant", " Because.")],
        ),
    ],
)
async def test_the_conversation_is_the_prompt_and_its_answer(
    options: str, prompt: object, sent: list[tuple[str, str]]
) -> None:
    async with scoring(options, says(0.0)) as (server, it):
        await it(Group("g", [rollout(prompt=prompt)]))
    messages = server.received[0].json["messages"]
    assert [(message["role"], message["content"]) for message in messages] == sent


async def test_or_the_completion_goes_alone() -> None:
    async with scoring(", input: completion, of: answer", says(0.0)) as (server, it):
        await it(Group("g", [rollout(prompt=None)]))
    assert server.received[0].json["input"] == " Because."


@pytest.mark.parametrize(("options", "least"), [("", 0.0), (", transform: raw, clip: [-4, 4]", -4.0)])
@pytest.mark.parametrize("text", ["", " \n", "</think>\u200b\u2060", "<think>never ends"])
async def test_no_text_is_worth_the_least_and_costs_nothing(options: str, least: float, text: str) -> None:
    async with scoring(f"{options}, of: answer", says(9.0)) as (server, it):
        (outcome,) = await it(Group("g", [rollout(text)]))
    assert outcome == Score(least, "there is no text to score")
    assert server.received == []


async def test_without_a_least_value_the_model_says_what_no_text_is_worth() -> None:
    (outcome,) = await scored(", transform: raw", says(-7.0), rollout(""))
    assert outcome == Score(-7.0)


async def test_p01_what_failed_is_unscored_with_its_cause() -> None:
    (down,) = await scored("", replies(b"{}", 500))
    (no_prompt,) = await scored("", says(1.0), rollout(prompt=None))
    assert isinstance(down, Unscored)
    assert isinstance(no_prompt, Unscored)
    assert [down.cause, no_prompt.cause] == [Cause.JUDGE_ERROR, Cause.MISSING_FIELD]


@pytest.mark.parametrize(
    ("options", "bounds"),
    [("", (0, 1)), (", transform: raw", (-math.inf, math.inf)), (", transform: raw, clip: [-4, 4]", (-4, 4))],
)
def test_its_bounds_are_known(options: str, bounds: tuple[float, float]) -> None:
    assert component(load_reward(reward_file(options))).bounds == bounds


def test_an_unbounded_one_is_checked_without_nonsense() -> None:
    gate = ", gate: {on: rm, at_least: 1}"
    document = reward_file(", transform: raw, weight: 0", gate=gate)
    assert [problem.code for problem in lint(load_reward(document), document)] == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (", clip: [0, 1]", "`clip` is for `transform: raw`"),
        (", transform: raw, clip: [1, 1]", "then a greater one"),
        (", transform: raw, clip: [1]", "clip"),
        (", transform: raw, input: completion", "need `clip`"),
        (", transform: tanh", "transform"),
    ],
)
def test_options_that_make_no_sense_are_told_with_their_place(options: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"reward\.yaml:5:") as caught:
        load_reward(reward_file(options))
    assert told in str(caught.value)


def test_p10_the_classifier_is_part_of_the_version() -> None:
    one, other = (load_reward(reward_file("", url)) for url in ("http://a", "http://b"))
    assert one.version == other.version
    text = reward_file("").text.replace("model: rm,", "model: rm2,")
    assert load_reward(parse(text, "reward.yaml", Path())).version != one.version
    assert load_reward(reward_file(", of: answer")).version != one.version


def test_it_is_found_by_name() -> None:
    assert isinstance(component(load_reward(reward_file(""))), RewardModel)
