"""`gavel loadtest reward`: what a reward URL bears, its judges behind it."""

from pathlib import Path
from typing import Annotated

import typer

from reward_server.cli.loadtest.judge import GROUP_SIZE, sizes_of
from reward_server.cli.loadtest.options import LoadTest, load_test
from reward_server.cli.loadtest.running import run


@load_test
def reward(
    url: Annotated[str, typer.Argument(help="Where the reward server listens: http://127.0.0.1:8900.")],
    rollouts: Annotated[
        Path | None,
        typer.Option(help="Rollouts as JSONL, each used again and again under marks that differ."),
    ] = None,
    reward_name: Annotated[
        str | None, typer.Option("--reward-name", help="Which reward; not needed where there is only one.")
    ] = None,
    tokens: Annotated[
        str, typer.Option(help="Without rollouts: tokens of prompts and completions: 0,PROMPT,COMPLETION.")
    ] = "0,200,400",
    batch: Annotated[int, typer.Option(min=1, help="Groups in one request.")] = 1,
    timeout: Annotated[str, typer.Option(help="Time for one request.")] = "10min",
    token_env: Annotated[
        str, typer.Option(help="Environment variable with the bearer token.")
    ] = "GAVEL_TOKEN",  # noqa: S107 - the name of a variable
    *,
    test: LoadTest,
) -> None:
    """Find out how many rollouts a second a reward URL bears, and whether it or its judge is the limit.

    A call is a request with whole groups, as trainers send them; --closed counts those. Exit code 3 when a
    --require does not hold, 130 after Ctrl-C.
    """
    from reward_server.cli.duration import duration
    from reward_server.jsonl import read_rollouts
    from reward_server.load.reward_target import RewardTarget
    from reward_server.load.workload.requests import by_group, made_up_rollouts

    groups = (
        made_up_rollouts(sizes_of(tokens), test.group_size or GROUP_SIZE, test.seed)
        if rollouts is None
        else by_group(read_rollouts(rollouts))
    )
    target = RewardTarget(
        url,
        groups,
        reward=reward_name,
        group_size=test.group_size,
        batch=batch,
        timeout_s=duration(timeout, "--timeout"),
        token_env=token_env,
    )
    run(target, test)
