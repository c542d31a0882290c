"""Whose rollouts a request brings: the training run and its step, for the server's store and dashboard."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

from trainer_adapters.client.errors import Refused

LONGEST_RUN = 256
GREATEST_STEP = 2**53
_VALIDATION = "validation"


class Origin(NamedTuple):
    """What a request says beside its rollouts. All of them are of one step."""

    run: str | None = None
    step: int | None = None

    def fields(self) -> dict[str, str | int]:
        """The fields of the request's body."""
        return {name: value for name, value in self._asdict().items() if value is not None}


UNKNOWN = Origin()


def origin(run: str | None, step: int | None) -> Origin:
    """What a caller says. Raises Refused for what the server would refuse."""
    if run is not None and not (isinstance(run, str) and 0 < len(run) <= LONGEST_RUN):
        raise Refused(f"run is text of 1 to {LONGEST_RUN} characters", path="$.run")
    if step is not None and _whole(step) is None:
        raise Refused("step is a whole number, 0 or more", path="$.step")
    return Origin(run, _whole(step))


def as_told(run: object, step: object) -> Origin:
    """What a trainer tells, as far as it can be sent: a name that is no text is none, nor is NaN a step."""
    named = run.strip()[:LONGEST_RUN] if isinstance(run, str) else ""
    return Origin(named or None, _whole(step))


def validation(run: str | None) -> str:
    """The run that a run's validation is: in its own, lengths and groups would be taken for training's."""
    return f"{run[: LONGEST_RUN - len(_VALIDATION) - 1]}-{_VALIDATION}" if run else _VALIDATION


def _whole(step: Any) -> int | None:
    """A step of any integer type, numpy's as well; None for what is no step."""
    try:
        number = operator.index(step)
    except TypeError:
        return None
    return number if 0 <= number <= GREATEST_STEP and not isinstance(step, bool) else None
