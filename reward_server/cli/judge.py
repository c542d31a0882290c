"""`gavel judge`: judges themselves."""

from typing import Annotated

import typer

from reward_server.cli import judge_layouts, judge_probe

app = typer.Typer(help="Judges: find out what one can do, or simulate one.", no_args_is_help=True)
app.command("probe")(judge_probe.probe)
app.command("layouts")(judge_layouts.layouts)


@app.callback()
def judge() -> None:
    """Judges: find out what one can do, or simulate one."""


@app.command()
def sim(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="GAVEL_SIM_PORT", help="Port to listen on; 0 takes a free one.")
    ] = 8901,
    model: Annotated[str, typer.Option(help="Model name in replies.")] = "gavel-sim",
    ttft: Annotated[float, typer.Option(help="Fixed seconds of every call before its prefill.")] = 0.02,
    prefill_tps: Annotated[
        float, typer.Option(help="Prompt tokens per second and slot; 0: infinitely fast.")
    ] = 20_000.0,
    decode_tps: Annotated[
        float, typer.Option(help="Output tokens per second and slot; 0: infinitely fast.")
    ] = 100.0,
    speed: Annotated[float, typer.Option(help="How fast everything is: times are divided by it.")] = 1.0,
    jitter: Annotated[
        str, typer.Option(help="Spread of service times: none, exponential, lognormal:SIGMA.")
    ] = "none",
    slots: Annotated[int, typer.Option(help="Calls served at once; the others queue.")] = 64,
    prefix_cache: Annotated[bool, typer.Option(help="Spare the known leading blocks of a prompt.")] = True,
    cache_blocks: Annotated[int, typer.Option(help="Blocks of 16 tokens the prefix cache holds.")] = 65_536,
    fault: Annotated[
        str, typer.Option(help="Share of calls that go wrong: timeout:0.05,http500:0.02,...")
    ] = "",
    stall: Annotated[
        str, typer.Option(help="When it stands still and for how long: AT:SECONDS,AT:SECONDS.")
    ] = "",
    replicas: Annotated[int, typer.Option(help="Judges in this process, on ports in a row.")] = 1,
    slow: Annotated[
        str, typer.Option(help="Slow replicas and how many times: NUMBER:FACTOR,...; the first is 1.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Seed of the calls that go wrong, and of the jitter.")] = 0,
) -> None:
    """Run a simulated OpenAI-compatible judge.

    It has no model: its latency and verdicts follow stated rules, and it misbehaves on request.
    Set GAVEL_SIM_API_KEY to make it ask for a key.
    """
    import os

    from judges.sim.options import SimOptions
    from judges.sim.serve import run
    from reward_server.cli.options import validated

    options = validated(
        SimOptions,
        host=host,
        port=port,
        model=model,
        api_key=os.environ.get("GAVEL_SIM_API_KEY"),
        ttft=ttft,
        prefill_tps=prefill_tps,
        decode_tps=decode_tps,
        speed=speed,
        jitter=jitter,
        slots=slots,
        prefix_cache=prefix_cache,
        cache_blocks=cache_blocks,
        fault=fault,
        stall=stall,
        replicas=replicas,
        slow=slow,
        seed=seed,
    )
    raise typer.Exit(run(options))
