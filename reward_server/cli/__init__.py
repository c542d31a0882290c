"""The `gavel` command. Commands import what they need when they run, so that `gavel --help` starts fast."""

import sys

import typer

from reward_server.cli import (
    check,
    connect,
    init,
    judge,
    loadtest,
    plan,
    replay,
    report,
    rubric,
    runs,
    schema,
    score,
    serve,
    tail,
    weights,
)

app = typer.Typer(
    name="gavel",
    help="One reward URL for any GRPO trainer: verifiable rewards and LLM-judge rubrics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("score")(score.score)
app.command("replay", short_help="Score rollouts again with the verdicts that were saved.")(replay.replay)
app.command("check")(check.check)
app.command("init")(init.init)
app.command("connect", short_help="Write the lines that point a trainer at this URL.")(connect.connect)
app.command("schema")(schema.schema)
app.command("plan", short_help="Tell whether judging a training step fits its time.")(plan.plan)
app.command("report", short_help="Write what a run looked like as one HTML file.")(report.report)
app.command("tail", short_help="Watch rollouts as they are stored.")(tail.tail)
app.add_typer(runs.app, name="runs")
app.add_typer(loadtest.app, name="loadtest")
app.add_typer(weights.app, name="weights")
app.add_typer(judge.app, name="judge")
app.add_typer(rubric.app, name="rubric")


@app.callback(invoke_without_command=True)
def version(show: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    """One reward URL for any GRPO trainer: verifiable rewards and LLM-judge rubrics."""
    if show:
        from reward_server.version import VERSION

        typer.echo(f"gavel {VERSION}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a user's mistake is a message, never a traceback."""
    from reward_server.cli.exits import guarded

    sys.exit(guarded(app))
