"""`gavel tail`: rollouts as they are stored."""

from enum import StrEnum
from typing import Annotated

import typer

from reward_server.cli.runs.filtering import (
    Cause,
    Component,
    Group,
    Least,
    Marked,
    Most,
    Unscored,
    filter_of,
)
from reward_server.cli.runs.opening import StorePath


class By(StrEnum):
    """What a line stands for."""

    ROLLOUT = "rollout"
    STEP = "step"


def tail(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="Only this run, by name, NAME/REWARD or number.")
    ] = None,
    by: Annotated[
        By, typer.Option(help="A line for each rollout, or for each step that is over.")
    ] = By.ROLLOUT,
    last: Annotated[int, typer.Option("--last", "-n", min=0, help="Lines of what is there already.")] = 10,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more.")] = True,
    group: Group = None,
    component: Component = None,
    least: Least = None,
    most: Most = None,
    unscored: Unscored = False,
    cause: Cause = None,
    mark: Marked = None,
    store: StorePath = None,
) -> None:
    """Watch rollouts as they are stored, until Ctrl-C. The filters are for lines of rollouts.

    A step is over when the run has a later one. A store or a run that is not there yet is waited for.
    """
    from msgspec.structs import replace

    from reward_server.cli.runs.following import Rollouts, Steps, watch
    from reward_server.cli.runs.waiting import awaited, there

    wanted = filter_of(
        None,
        group=group,
        component=component,
        least=least,
        most=most,
        unscored=unscored,
        cause=cause,
        mark=mark,
    )
    with (awaited if follow else there)(store, run) as found:
        of_run = replace(wanted, run=found.run)
        by_rollout = by is By.ROLLOUT
        source = Rollouts(found.store, of_run, new=found.new) if by_rollout else Steps(found.store, found.run)
        watch(source, None if found.new else last, follow=follow)
