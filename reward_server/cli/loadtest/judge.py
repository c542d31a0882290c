"""`gavel loadtest judge`: what a judge bears under a rubric."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli.judge_probe import KEY, named_model, options_of
from reward_server.cli.loadtest.options import LoadTest, load_test
from reward_server.cli.loadtest.running import run

if TYPE_CHECKING:
    from judges.backends.openai import Openai
    from reward_server.load.judge_target import JudgeTarget
    from reward_server.load.workload.texts import Sizes, Texts
    from rubrics.rubric import Rubric

GROUP_SIZE = 8


@load_test
def judge(
    url: Annotated[str, typer.Argument(help="An OpenAI-compatible endpoint, up to and including /v1.")],
    rubric: Annotated[Path, typer.Option(help="The rubric whose questions are asked; or catalog:NAME.")],
    rollouts: Annotated[
        Path | None,
        typer.Option(help="Rollouts as JSONL, each used again and again under marks that differ."),
    ] = None,
    reward: Annotated[
        Path | None, typer.Option("--reward", "-r", help="Reward file whose layout the rollouts have.")
    ] = None,
    tokens: Annotated[
        str, typer.Option(help="Without rollouts: tokens of each input by share: DATASET,GROUP,ROLLOUT.")
    ] = "1000,200,400",
    model: Annotated[str | None, typer.Option(help="Model name; not needed where there is only one.")] = None,
    api_key_env: Annotated[
        str, typer.Option(help="Environment variable with the key; unset, no key is sent.")
    ] = KEY,
    layout: Annotated[
        str | None,
        typer.Option(help="criterion_last or listed, unless the rubric says. Default: criterion_last."),
    ] = None,
    verdict: Annotated[
        str, typer.Option(help="How answers are asked for: auto, token, choice, json or text.")
    ] = "auto",
    timeout: Annotated[str, typer.Option(help="Time for one call.")] = "60s",
    *,
    test: LoadTest,
) -> None:
    """Find out how many rollouts a second a judge bears under a rubric, and where its knee is.

    Sends the very prompts that the rubric makes, once each: no retries, no cache. Without a load it sweeps
    until more load brings nothing. Exit code 3 when a --require does not hold, 130 after Ctrl-C.
    """
    from reward_server.cli.duration import duration

    asked = {"timeout_s": duration(timeout, "--timeout"), "verdict": verdict}
    if layout is not None:
        asked["layout"] = layout
    endpoint = named_model(options_of(url, model, api_key_env, asked), model)
    target = _target(endpoint, rubric, rollouts, reward, tokens, test.group_size, test.seed)
    run(target, test)


def _target(
    endpoint: "Openai",
    rubric: Path,
    rollouts: Path | None,
    reward: Path | None,
    tokens: str,
    group_size: int | None,
    seed: int,
) -> "JudgeTarget":
    from reward_server.load.judge_target import JudgeTarget
    from rubrics.rubric_file import load_rubric

    opened = load_rubric(str(rubric))
    texts = (
        _made_up(opened, tokens, group_size or GROUP_SIZE, seed)
        if rollouts is None
        else _given(opened, rollouts, reward)
    )
    return JudgeTarget(endpoint, opened, texts, group_size=group_size)


def _given(rubric: "Rubric", rollouts: Path, reward: Path | None) -> "Sequence[Sequence[Texts]]":
    from reward_server.load.workload.texts import given_texts
    from reward_server.offline import read_batch
    from reward_server.reward.loading import load_reward
    from rubrics.layout import PLAIN

    layout = PLAIN if reward is None else load_reward(reward).layout
    return given_texts(rubric, read_batch(rollouts, layout).groups)


def _made_up(rubric: "Rubric", tokens: str, group_size: int, seed: int) -> "Sequence[Sequence[Texts]]":
    from reward_server.load.workload.texts import made_up_texts

    return made_up_texts(rubric, sizes_of(tokens), group_size, seed)


def sizes_of(tokens: str) -> "Sizes":
    """`1000,200,400` as sizes. Raises BadParameter."""
    from reward_server.load.workload.texts import Sizes

    parts = tokens.split(",")
    if len(parts) != 3 or not all(part.strip().isdecimal() for part in parts):
        message = f"{ascii(tokens)[:40]} is not three numbers: dataset, group and rollout"
        raise typer.BadParameter(message, param_hint="--tokens")
    dataset, group, rollout = map(int, parts)
    return Sizes(dataset, group, rollout)
