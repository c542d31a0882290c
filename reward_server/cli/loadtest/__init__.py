"""`gavel loadtest`: what a judge or a reward URL bears."""

import typer

from reward_server.cli.loadtest import compare, judge, reward

app = typer.Typer(help="Load-test a judge or a reward URL, and compare tests.", no_args_is_help=True)
app.command("judge")(judge.judge)
app.command("reward")(reward.reward)
app.command("compare")(compare.compare)
