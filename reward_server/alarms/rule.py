"""One kind of alarm: its name, what it means, and the function that sees it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

from reward_server.alarms.alarm import Sign
from reward_server.alarms.seen import Seen
from rubrics.options import Options

Limits = TypeVar("Limits", bound=Options)

Detect = Callable[[Seen, Limits], Iterable[Sign]]
"""A run as of its last step, and the limits -> what is to be seen at that step, by subject. Pure."""


class Rule(NamedTuple, Generic[Limits]):
    """One kind of alarm."""

    name: str
    """As in the section `alarms` of a reward file."""
    subject: str
    """What its subjects are; empty where it has none."""
    advice: Mapping[str, str]
    """What to do, by subject where that makes a difference; by "" otherwise."""
    detect: Detect[Limits]
