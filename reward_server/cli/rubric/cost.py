"""`gavel rubric cost`: calls, tokens and their price for one training step."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli import step_options
from reward_server.cli.options import finite, validated
from reward_server.cli.rubric.inputs import completion_layout, open_rubric, token_count

if TYPE_CHECKING:
    from judges.cost.profile import Profile, Sizes, Words
    from judges.cost.step import Cost
    from judges.prompts.token_count import CountTokens
    from rubrics.layout import Layout
    from rubrics.rollout import Json
    from rubrics.rubric import Rubric

DATASET, GROUP, ROLLOUT = 1000, 200, 400
"""Tokens of an input where no sample tells: a policy of two pages, a post, 300 words about it."""


def cost(
    rubric: Annotated[Path, typer.Argument(help="Rubric file.")],
    rollouts: Annotated[int, typer.Option(min=1, help="Rollouts of one step.")],
    group_size: Annotated[int, typer.Option(min=1, help="Rollouts for each prompt.")],
    sample: step_options.Sample = None,
    reward: step_options.Reward = None,
    tokenizer: step_options.Tokenizer = None,
    dataset_tokens: Annotated[
        int | None, typer.Option(min=0, help=f"Without a sample: each input of `share: dataset`; {DATASET}.")
    ] = None,
    group_tokens: Annotated[
        int | None, typer.Option(min=0, help=f"Without a sample: each input of `share: group`; {GROUP}.")
    ] = None,
    rollout_tokens: Annotated[
        int | None, typer.Option(min=0, help=f"Without a sample: each input of `share: rollout`; {ROLLOUT}.")
    ] = None,
    decode_tokens: step_options.DecodeTokens = 1,
    reason_tokens: step_options.ReasonTokens = 120,
    quote_tokens: step_options.QuoteTokens = 20,
    judges: step_options.Judges = 1,
    replicas: step_options.Replicas = 1,
    prefill_tps: step_options.PrefillTps = None,
    decode_tps: step_options.DecodeTps = None,
    price_in: Annotated[
        float | None, typer.Option(callback=finite, help="Price of a million prompt tokens.")
    ] = None,
    price_out: Annotated[
        float | None, typer.Option(callback=finite, help="Price of a million tokens of verdicts.")
    ] = None,
    price_cached: Annotated[
        float | None, typer.Option(callback=finite, help="Price of a million prompt tokens out of the cache.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compute what judging one training step costs under both layouts of the prompt. Asks nobody."""
    from judges.cost.profile import Words
    from judges.cost.size import Step
    from judges.cost.step import Rates
    from judges.cost.step import cost as costs
    from reward_server.cli.rubric.cost_text import text
    from rubrics.rubric_file import load_rubric

    step = validated(
        Step,
        rollouts=rollouts,
        group_size=group_size,
        judges=judges,
        replicas=replicas,
        decode_tokens=decode_tokens,
    )
    rates = validated(
        Rates,
        prefill_tps=prefill_tps,
        decode_tps=decode_tps,
        price_in=price_in,
        price_out=price_out,
        price_cached=price_cached,
    )
    sizes = _sizes(sample, dataset_tokens, group_tokens, rollout_tokens)
    layout = completion_layout(reward)
    loaded = load_rubric(rubric) if sample is None else open_rubric(rubric, layout, reward)
    count, counted = token_count(tokenizer)
    words = Words(reason_tokens, quote_tokens)
    profiles = _profiles(loaded, sample, layout, sizes, count, words)
    try:
        found = [costs(profile, step, rates) for profile in profiles]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--decode-tps") from None
    if as_json:
        data = _data(loaded, found, sample is not None, counted)
        typer.echo(json.dumps({**data, "step": step.model_dump()}, indent=2))
    else:
        lengths = (
            "measured in the sample" if sample else "assumed, and everything is asked (--sample measures)"
        )
        typer.echo(text(loaded, step, found, [f"lengths: {lengths}", f"tokens: {counted}"]))


def _sizes(sample: Path | None, dataset: int | None, group: int | None, rollout: int | None) -> "Sizes":
    """Tokens of inputs that no sample measures."""
    given = {"dataset": dataset, "group": group, "rollout": rollout}
    for name, size in given.items():
        if sample is not None and size is not None:
            raise typer.BadParameter("--sample measures the lengths", param_hint=f"--{name}-tokens")
    return {
        "dataset": DATASET if dataset is None else dataset,
        "group": GROUP if group is None else group,
        "rollout": ROLLOUT if rollout is None else rollout,
    }


def _profiles(
    rubric: "Rubric",
    sample: Path | None,
    layout: "Layout",
    sizes: "Sizes",
    count: "CountTokens",
    words: "Words",
) -> "list[Profile]":
    """The rubric's prompts under each layout."""
    from typing import get_args

    from judges.cost.profile import assumed, measured
    from reward_server.offline import read_batch
    from rubrics.rubric import PromptLayout

    layouts: tuple[PromptLayout, ...] = get_args(PromptLayout)
    if sample is None:
        return [assumed(rubric, shown, sizes, count, words) for shown in layouts]
    groups = read_batch(sample, layout).groups
    return [measured(rubric, shown, groups, count, words) for shown in layouts]


def _data(rubric: "Rubric", found: "list[Cost]", measured: bool, counted: str) -> "dict[str, Json]":
    import msgspec

    return {
        "rubric": rubric.id,
        "version": rubric.version,
        "digest": rubric.digest,
        "lengths": "measured" if measured else "assumed",
        "tokens_counted": counted,
        "layouts": [msgspec.to_builtins(cost) for cost in found],
    }
