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
from reward_server.cli.runs.opening import StorePath, chosen, opened


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

    A step is over when the run has a later one.
    """
    from reward_server.cli.runs.following import Rollouts, Steps, watch

    with opened(store) as file:
        wanted = filter_of(
            None if run is None else chosen(file, run).id,
            group=group,
            component=component,
            least=least,
            most=most,
            unscored=unscored,
            cause=cause,
            mark=mark,
        )
        source = Rollouts(file, wanted) if by is By.ROLLOUT else Steps(file, wanted.run)
        watch(source, last, follow=follow)
