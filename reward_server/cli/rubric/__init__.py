"""`gavel rubric`: tools for whoever writes a rubric. Each command is a module of this package."""

import typer

from reward_server.cli.rubric import (
    attack,
    calibrate,
    catalog,
    cost,
    diff,
    import_,
    lint,
    new,
    render,
    test,
    weights,
)

app = typer.Typer(help="Rubrics: find mistakes, see what a judge reads, measure.", no_args_is_help=True)
app.command("new")(new.new)
app.command("catalog")(catalog.catalog)
app.command("lint")(lint.lint)
app.command("render")(render.render)
app.command("cost")(cost.cost)
app.command("calibrate")(calibrate.calibrate)
app.command("attack")(attack.attack)
app.command("diff")(diff.diff)
app.command("weights")(weights.weights)
app.command("import")(import_.import_)
app.command("test")(test.run)


@app.callback()
def rubric() -> None:
    """Rubrics: find mistakes, see what a judge reads, measure."""
