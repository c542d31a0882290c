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
app.command("lint", short_help="Find likely mistakes in words, weights and labels.")(lint.lint)
app.command("render", short_help="Show the messages that a judge gets for a rollout.")(render.render)
app.command("cost", short_help="Compute what judging one training step costs.")(cost.cost)
app.command("calibrate", short_help="Compare a judge's verdicts with people's labels.")(calibrate.calibrate)
app.command("attack", short_help="Try known manipulations on real samples.")(attack.attack)
app.command("diff", short_help="Say what changed between two rubrics.")(diff.diff)
app.command("weights", short_help="Show what each criterion weighs.")(weights.weights)
app.command("import", short_help="Convert a rubric of another tool.")(import_.import_)
app.command("test", short_help="Put golden cases to a judge, and compare.")(test.run)


@app.callback()
def rubric() -> None:
    """Rubrics: find mistakes, see what a judge reads, measure."""
