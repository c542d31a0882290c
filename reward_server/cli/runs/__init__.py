"""`gavel runs`: what the rollout store holds."""

import typer

from reward_server.cli.runs import export, list_, prune, show

app = typer.Typer(
    help="Look at stored runs, take their rollouts along, and forget them.", no_args_is_help=True
)
app.command("list")(list_.list_)
app.command("show")(show.show)
app.command("export")(export.export)
app.command("prune")(prune.prune)
