"""`gavel runs prune`: forget stored rollouts now."""

from typing import Annotated

import typer

from reward_server.cli.options import finite
from reward_server.cli.runs.opening import StorePath, chosen, opened, path_of_store


def prune(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="Only this run; without other options, all of it.")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(help="Rollouts that were stored longer ago: 30d, 12h.")
    ] = None,
    keep_gb: Annotated[
        float | None,
        typer.Option(min=0, callback=finite, help="The oldest, until the file holds so many GB."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    store: StorePath = None,
) -> None:
    """Forget stored rollouts and give their space back. What is forgotten is gone.

    A server does this by itself, by --store-days and --store-gb.
    """
    from reward_server.cli.duration import duration
    from reward_server.filing.retention import prune as forget

    older_than_s = None if older_than is None else duration(older_than, "--older-than")
    if run is None and older_than_s is None and keep_gb is None:
        raise typer.BadParameter("say what to forget: a RUN, --older-than or --keep-gb", param_hint="RUN")
    path = path_of_store(store)
    with opened(store) as file:
        found = None if run is None else chosen(file, run)
    if not yes:
        _ask("all runs" if found is None else found.name, older_than, keep_gb)
    count = forget(path, run=None if found is None else found.id, older_than_s=older_than_s, keep_gb=keep_gb)
    typer.echo(f"forgot {count:,} rollout{'s' * (count != 1)}")


def _ask(whose: str, older_than: str | None, keep_gb: float | None) -> None:
    """Raise Abort unless the user says yes."""
    from reward_server.cli.runs.words import name

    which = "all rollouts" if older_than is None else f"rollouts older than {older_than}"
    if keep_gb is not None:
        which = f"the oldest rollouts beyond {keep_gb:g} GB"
    typer.confirm(f"Forget {which} of {name(whose)}?", abort=True, err=True)
