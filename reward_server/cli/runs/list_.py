"""`gavel runs list`: the runs that are stored."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli.runs.opening import StorePath, opened

if TYPE_CHECKING:
    from reward_server.store.reading import Run


def list_(
    store: StorePath = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the stored runs, the one that was written to last first.

    A run is what one reward function scored of a training run.
    """
    import msgspec

    from reward_server.store.export import inert

    with opened(store) as file:
        runs = file.runs()
    if as_json:
        typer.echo(inert(msgspec.json.format(msgspec.json.encode(runs), indent=2)))
    elif runs:
        _print(runs)
    else:
        typer.echo(f"no run is stored in {file.path}")


def _print(runs: "Sequence[Run]") -> None:
    from reward_server.cli.runs.words import aligned, name, time

    heading = ["run", "reward", "number", "steps", "rollouts", "from", "to (UTC)"]
    rows = [
        [
            name(run.name),
            name(run.reward),
            str(run.id),
            f"{run.steps:,}",
            f"{run.rollouts:,}",
            time(run.started),
            time(run.updated),
        ]
        for run in runs
    ]
    for line in aligned([heading, *rows], left=2):
        typer.echo(line)
