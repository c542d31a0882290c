"""Which replicas to take out of service, decided over all of them. Pure."""

import math
from collections.abc import Sequence
from statistics import median

import msgspec

from judges.engine.health import Health, Pace

SLOWER = 3.0
"""A replica this many times slower than the others is slow, unless it gets more done than they do."""
SLOW = "slow"
SILENT_S = 5.0
"""No reply for this long is no accident, nor within ten times what the others usually take."""
SILENT_TIMES = 10.0
CONNECT_S = 0.05
"""What a canary may take in any case: it may have to connect first."""


class Sign(msgspec.Struct, frozen=True):
    """What is looked at for one replica."""

    health: Health
    silent_s: float = 0.0
    """Seconds since its last reply or since its oldest call in flight began, the lesser; 0 without one."""


class Ejection(msgspec.Struct, frozen=True):
    """A replica to take out: `signs[index].health.eject(reason, answer_within_s)`."""

    index: int
    reason: str
    answer_within_s: float = math.inf
    """What a canary may take, from a replica that was too slow."""


def ejections(signs: Sequence[Sign]) -> list[Ejection]:
    """Decide which replicas to eject now: at most so many that half of all are out."""
    pace = [None if sign.health.state == "ejected" else sign.health.typical() for sign in signs]
    out = sum(sign.health.state == "ejected" for sign in signs)
    wanted = [found for index in range(len(signs)) if (found := _ejection(signs[index], pace, index))]
    wanted.sort(key=lambda found: found.answer_within_s, reverse=True)  # slow is better than broken
    return wanted[: max(0, len(signs) // 2 - out)]


def pardons(signs: Sequence[Sign]) -> list[int]:
    """Choose slow replicas to bring back, because broken ones need their places among those that are out."""
    out = sum(sign.health.state == "ejected" for sign in signs)
    broken = sum(sign.health.state == "healthy" and sign.health.complaint is not None for sign in signs)
    slow = [index for index, sign in enumerate(signs) if sign.health.reason == SLOW]
    return slow[: max(0, broken - max(0, len(signs) // 2 - out))]


def _ejection(sign: Sign, pace: Sequence[Pace | None], index: int) -> Ejection | None:
    if sign.health.state == "ejected":
        return None
    if sign.health.complaint is not None:
        return Ejection(index, sign.health.complaint)
    others = [known for i, known in enumerate(pace) if i != index and known is not None]
    reason = _behind(sign, pace[index], others) if others else None
    return None if reason is None else Ejection(index, reason, max(CONNECT_S, SLOWER * _usual_s(others)))


def _behind(sign: Sign, own: Pace | None, others: Sequence[Pace]) -> str | None:
    usual_s = _usual_s(others)
    if sign.silent_s > max(SILENT_S, SILENT_TIMES * usual_s):
        return "silent"
    if own is None or own.seconds <= SLOWER * usual_s:
        return None
    # A replica that is only busier than the others takes longer, yet gets as much done.
    return SLOW if own.rate < median(other.rate for other in others) else None


def _usual_s(others: Sequence[Pace]) -> float:
    return median(other.seconds for other in others)
