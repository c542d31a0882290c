"""`gavel runs show`: a run at a glance."""

from typing import Annotated

import typer

from reward_server.cli.runs.opening import RunName, StorePath, chosen, opened


def show(
    run: RunName = None,
    store: StorePath = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every step.")] = False,
) -> None:
    """Show a run: its components, dead groups, lengths, what was unscored and what was alarming."""
    from reward_server.alarms.table import alarms_of
    from reward_server.cli.runs.show_text import at_a_glance, json_text
    from reward_server.history.steps import history

    with opened(store) as file:
        found = chosen(file, run)
        steps = history(file, found.id)
        alarms = alarms_of(file, found.id)
    if as_json:
        typer.echo(json_text(found, steps, alarms))
    else:
        for line in at_a_glance(found, steps, alarms):
            typer.echo(line)
