"""Options that say which rollouts are meant."""

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from reward_server.store.query import RolloutFilter


class Mark(StrEnum):
    """What may be worth noting of a text."""

    COPY = "copy"
    INCONSISTENT = "inconsistent"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"


Steps = Annotated[str | None, typer.Option("--step", help="One step, or a range of them: 200 or 200:250.")]
Group = Annotated[str | None, typer.Option(help="The rollouts of this group.")]
Component = Annotated[
    str | None, typer.Option(help="Take --least, --most and --unscored for this component's, not the reward.")
]
Least = Annotated[float | None, typer.Option(help="A value of at least this.")]
Most = Annotated[float | None, typer.Option(help="A value of at most this.")]
Unscored = Annotated[bool, typer.Option("--unscored", help="No value.")]
Cause = Annotated[str | None, typer.Option(help="No reward, for this cause.")]
Marked = Annotated[Mark | None, typer.Option("--mark", help="A text that is marked so.")]

_RANGE = re.compile(r"(\d{1,16})(?::(\d{1,16}))?")


def _steps_of(text: str | None) -> tuple[int | None, int | None]:
    """The first and the last step of `200` or `200:250`. Raises a usage error."""
    if text is None:
        return None, None
    found = _RANGE.fullmatch(text.strip())
    if found is None or int(found[2] or found[1]) < int(found[1]):
        message = f"{ascii(text)[:40]} is no step and no range of steps such as 200:250"
        raise typer.BadParameter(message, param_hint="--step")
    return int(found[1]), int(found[2] or found[1])


def _refuse_unknown_cause(cause: str | None) -> None:
    """Raise a usage error for what is no cause."""
    from rubrics.cause import Cause
    from rubrics.problems import did_you_mean

    if cause is not None and cause not in set(Cause):
        hint = did_you_mean(cause[:40], [str(each) for each in Cause])
        raise typer.BadParameter(f"{ascii(cause)[:40]} is not a cause; {hint}", param_hint="--cause")


def filter_of(
    run: int | None,
    *,
    step: str | None = None,
    group: str | None = None,
    component: str | None = None,
    least: float | None = None,
    most: float | None = None,
    unscored: bool = False,
    cause: str | None = None,
    mark: Mark | None = None,
) -> "RolloutFilter":
    """What these options ask for. Raises a usage error."""
    from reward_server.store.query import RolloutFilter

    first, last = _steps_of(step)
    _refuse_unknown_cause(cause)
    return RolloutFilter(
        run=run,
        first_step=first,
        last_step=last,
        group=group,
        component=component,
        least=least,
        most=most,
        unscored=unscored,
        cause=cause,
        mark=None if mark is None else mark.value,
    )
