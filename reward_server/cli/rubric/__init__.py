"""`gavel rubric`: tools for whoever writes a rubric. Each command is a module of this package."""

import typer

from reward_server.cli.rubric import calibrate, cost, diff, lint, new, render

app = typer.Typer(help="Rubrics: find mistakes, see what a judge reads, measure.", no_args_is_help=True)
app.command("new")(new.new)
app.command("lint")(lint.lint)
app.command("render")(render.render)
app.command("cost")(cost.cost)
app.command("calibrate")(calibrate.calibrate)
app.command("diff")(diff.diff)


@app.callback()
def rubric() -> None:
    """Rubrics: find mistakes, see what a judge reads, measure."""
