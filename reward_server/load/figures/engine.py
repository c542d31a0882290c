"""What was seen of the judge's queue at one load."""

from collections.abc import Sequence
from statistics import fmean

import msgspec

from reward_server.load.figures.measured import Measured

GROWTH = 1.5
"""A queue grows if its second half is so many times its first."""


class Queue(msgspec.Struct, frozen=True):
    """Calls in the engine over the measured time; None where it does not say."""

    waiting: float | None = None
    """On average."""
    grew: bool = False
    running: int | None = None
    """The most worked on at once."""
    cpu: float | None = None
    """Share of one core that the process behind the URL used on average."""


def queue(repeats: Sequence[Measured]) -> Queue:
    """What all repeats show together."""
    waiting = [number for each in repeats for number in _waiting(each)]
    running = [sight.running for each in repeats for sight in each.sights if sight.running is not None]
    cpu = [sight.server_cpu for each in repeats for sight in each.sights if sight.server_cpu is not None]
    return Queue(
        waiting=fmean(waiting) if waiting else None,
        grew=bool(waiting) and all(_grew(_waiting(each)) for each in repeats),
        running=max(running) if running else None,
        cpu=fmean(cpu) if cpu else None,
    )


def _waiting(one: Measured) -> list[int]:
    return [sight.waiting for sight in one.sights if sight.waiting is not None]


def _grew(waiting: Sequence[int]) -> bool:
    half = len(waiting) // 2
    return half > 0 and fmean(waiting[half:]) > GROWTH * fmean(waiting[:half])
