"""`gavel plan`: will a training step fit its judge, and what makes it fit."""

from pathlib import Path
from typing import Annotated

import typer

from reward_server.cli import exits, step_options
from reward_server.cli.options import finite
from reward_server.cli.plan_inputs import Batch, PlanRegimes, RateOptions, Shares, Size
from reward_server.cli.plan_lengths import (
    GIVEN_CRITERION,
    GIVEN_GROUP,
    GIVEN_ROLLOUT,
    GIVEN_SYSTEM,
    Lengths,
)


def plan(
    rubric: Annotated[
        Path | None, typer.Argument(help="Rubric file. Left out: --criteria and their tokens.")
    ] = None,
    group_size: Annotated[int, typer.Option(min=1, help="Rollouts for each prompt.")] = 8,
    rollouts: Annotated[int | None, typer.Option(min=1, help="Rollouts of one step.")] = None,
    prompts: Annotated[int | None, typer.Option(min=1, help="Prompts of one step.")] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="The trainer's batch size; --trainer says what it counts.")
    ] = None,
    trainer: Annotated[str | None, typer.Option(help="As `gavel connect` has them: trl, verl, ...")] = None,
    oversample: Annotated[
        float, typer.Option(min=1, callback=finite, help="Rollouts generated for each that is trained on.")
    ] = 1.0,
    budget: Annotated[
        str | None, typer.Option(help="Time for judging a step: 30s, 2min. Ends with 3 where it takes more.")
    ] = None,
    replicas: step_options.Replicas = 1,
    judges: step_options.Judges = 1,
    prefill_tps: step_options.PrefillTps = None,
    decode_tps: step_options.DecodeTps = None,
    slots: Annotated[
        int | None,
        typer.Option(min=1, help="Calls served at once, each at the rates given (simulator, hosted models)."),
    ] = None,
    ttft: Annotated[
        float, typer.Option(min=0, callback=finite, help="Seconds of a call that are no computing.")
    ] = 0.0,
    latency: Annotated[
        float | None, typer.Option(callback=finite, help="Seconds of a call under load, for calls in flight.")
    ] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="Rates as `gavel loadtest --json` measured them.")
    ] = None,
    layout: Annotated[
        PlanRegimes | None, typer.Option(help="Where a criterion stands; a rubric's own goes before.")
    ] = None,
    prefix_cache: Annotated[
        bool | None, typer.Option("--prefix-cache/--no-prefix-cache", help="Whether the engine has one.")
    ] = None,
    sample: step_options.Sample = None,
    reward: step_options.Reward = None,
    tokenizer: step_options.Tokenizer = None,
    criteria: Annotated[int | None, typer.Option(min=1, help="Without a rubric: how many criteria.")] = None,
    votes: Annotated[int | None, typer.Option(min=1, help="Without a rubric: votes on each; 1.")] = None,
    system_tokens: Annotated[
        int | None,
        typer.Option(min=0, help=f"Without a rubric: what every prompt begins with; {GIVEN_SYSTEM}."),
    ] = None,
    criterion_tokens: Annotated[
        int | None, typer.Option(min=1, help=f"Without a rubric: a criterion; {GIVEN_CRITERION}.")
    ] = None,
    dataset_tokens: Annotated[
        int | None, typer.Option(min=0, help="Without a sample: each input of `share: dataset`; 1000.")
    ] = None,
    group_tokens: Annotated[
        int | None,
        typer.Option(min=0, help=f"Without a sample: what a group shares; {GIVEN_GROUP}, an input 200."),
    ] = None,
    rollout_tokens: Annotated[
        int | None, typer.Option(min=0, help=f"Without a sample: what is a rollout's own; {GIVEN_ROLLOUT}.")
    ] = None,
    decode_tokens: step_options.DecodeTokens = 1,
    reason_tokens: step_options.ReasonTokens = 120,
    quote_tokens: step_options.QuoteTokens = 20,
    gated: Annotated[
        float, typer.Option(min=0, max=1, callback=finite, help="Share of rollouts that gates settle before.")
    ] = 0.0,
    duplicates: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, callback=finite, help="Share of rollouts judged before; measured in a sample."
        ),
    ] = None,
    failure_rate: Annotated[
        float | None,
        typer.Option(min=0, max=1, callback=finite, help="Share of attempts that fail; measured, or 0.01."),
    ] = None,
    kv_tokens: Annotated[
        int | None, typer.Option(min=1, help="Tokens that a replica's memory has room for.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell whether judging a training step fits a time, by how much, and what would make it fit. Asks nobody.

    Ends with 3 where --budget is not kept.
    """
    from reward_server.cli.plan_text import document, text
    from reward_server.cli.planning import planned

    lengths = Lengths(
        sample=sample,
        reward=reward,
        tokenizer=tokenizer,
        criteria=criteria,
        votes=votes,
        system=system_tokens,
        criterion=criterion_tokens,
        dataset=dataset_tokens,
        group=group_tokens,
        rollout=rollout_tokens,
        reason=reason_tokens,
        quote=quote_tokens,
    )
    batch = Batch(rollouts, prompts, batch_size, trainer, group_size, oversample)
    found = planned(
        rubric,
        lengths,
        Size(batch, budget, judges, replicas, decode_tokens),
        RateOptions(prefill_tps, decode_tps, slots, ttft, latency, from_),
        Shares(gated, duplicates, failure_rate),
        layout=layout,
        prefix_cache=prefix_cache,
        kv_tokens=kv_tokens,
    )
    typer.echo(document(found) if as_json else text(found))
    raise typer.Exit(exits.OK if budget is None or found.plan.fits else exits.GATE)
