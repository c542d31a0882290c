"""Whether a replica is fit to be asked: told from its traffic and, once that gives reason to, by canaries.

What the network does speaks for itself: enough timeouts, resets and 5xx are a complaint. What a text may
have brought about (a reply without a verdict, the same verdict for everything) is only a suspicion, which a
question with a known answer confirms or clears; else a policy that learns to break judges would empty the
fleet.
"""

import math
import time
from collections import deque
from statistics import median
from typing import Literal, NamedTuple

from judges.clock import Clock
from judges.engine.recovery import Canaries
from judges.engine.streak import Streak
from rubrics.cause import Cause

State = Literal["healthy", "ejected"]

NO_FAULT = frozenset(
    {
        Cause.JUDGE_ABSTAINED,
        Cause.JUDGE_RATE_LIMITED,
        Cause.JUDGE_OVERLOADED,
        Cause.DEADLINE,
        Cause.SHUTDOWN,
    }
)
"""What says nothing against a replica. That it is busy is the limiter's business."""
PERHAPS_THE_TEXT = frozenset({Cause.JUDGE_GARBLED, Cause.JUDGE_REFUSED, Cause.JUDGE_REJECTED})
"""Failures that a text can bring about: counted once for each rollout, and cause for suspicion only."""

FRESH_S = 30.0
"""Latencies older than this say nothing about a replica now."""
SAME = 5e-7
"""Verdicts no further apart are the same."""


class Pace(NamedTuple):
    """How fast a replica answers."""

    seconds: float
    """That a call takes."""
    calls: float
    """In flight meanwhile."""

    @property
    def rate(self) -> float:
        """Calls answered a second (Little's law)."""
        return self.calls / self.seconds if self.seconds > 0 else math.inf


class Health:
    """The health of one replica. It forms an opinion; `judges.engine.ejection` decides over all replicas."""

    IN_A_ROW, LAST, SHARE = 5, 20, 0.5
    USABLE_LAST, USABLE_LEAST, USABLE_SHARE = 32, 8, 0.75
    LATENCIES, TYPICAL_LEAST = 20, 10
    SAME_ANSWERS = 16

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._canaries = Canaries(clock)
        self.reason: str | None = None
        """Why it is ejected; None while it is not."""
        self._answer_within_s = math.inf
        self._patience = 1
        self._forget()

    def _forget(self) -> None:
        self._faults = Streak(self.IN_A_ROW, self.LAST, self.SHARE)
        self._doubts = Streak(self.IN_A_ROW * self._patience, self.LAST * self._patience, self.SHARE)
        self._usable: deque[bool] = deque(maxlen=self.USABLE_LAST)
        self._replies: deque[tuple[float, float, int]] = deque(maxlen=self.LATENCIES)
        self._failed_texts: deque[bytes] = deque(maxlen=self.LAST)
        self._forget_answers()
        self._confirmed: str | None = None

    def _forget_answers(self) -> None:
        self._answer = math.nan
        self._answered_texts: set[bytes] = set()

    # What happened

    def succeeded(self, seconds: float, in_flight: int = 1) -> None:
        """Count a reply that came after `seconds`, one of `in_flight` calls on the replica."""
        self._usable.append(True)
        self._faults.add(False)
        self._doubts.add(False)
        self._replies.append((self._clock(), seconds, in_flight))

    def failed(self, cause: Cause, text: bytes = b"") -> None:
        """Count a failed attempt. `text` stands for the rollout in question (its `Shared.digest`)."""
        if cause in NO_FAULT:
            return
        self._usable.append(False)
        if cause not in PERHAPS_THE_TEXT:
            self._faults.add(True)
        elif not text or text not in self._failed_texts:
            self._failed_texts.append(text)
            self._doubts.add(True)

    def said(self, value: float, text: bytes) -> None:
        """Note a verdict about a rollout, in order to notice a judge that says the same to everything."""
        if not abs(value - self._answer) <= SAME:
            self._answer = value
            self._answered_texts.clear()
        if len(self._answered_texts) < self.SAME_ANSWERS * self._patience:
            self._answered_texts.add(text)

    # What follows from it

    @property
    def usable(self) -> bool:
        """Whether it works on other texts: three quarters of the last 32 attempts, 8 of them at least."""
        known = len(self._usable)
        return known >= self.USABLE_LEAST and sum(self._usable) >= self.USABLE_SHARE * known

    @property
    def suspect(self) -> bool:
        """Whether a canary should tell if it is broken: it says the same to everything, or nothing of use."""
        return self._doubts.bad or len(self._answered_texts) >= self.SAME_ANSWERS * self._patience

    @property
    def state(self) -> State:
        """An ejected replica is sent canaries only."""
        return "healthy" if self.reason is None else "ejected"

    @property
    def complaint(self) -> str | None:
        """Why it ought to be ejected; None where nothing speaks for it."""
        return "failing" if self._faults.bad else self._confirmed

    def typical(self) -> Pace | None:
        """The medians of its latest replies; None before the tenth, and none to go by while it fails."""
        if self.suspect or self.complaint is not None or not (self._usable and self._usable[-1]):
            return None
        since = self._clock() - FRESH_S
        fresh = [reply for reply in self._replies if reply[0] >= since]
        if len(fresh) < self.TYPICAL_LEAST:
            return None
        return Pace(median(seconds for _, seconds, _ in fresh), median(calls for _, _, calls in fresh))

    # Out and back

    def eject(self, reason: str, answer_within_s: float = math.inf) -> None:
        """Take it out. A canary that takes longer than `answer_within_s` is not a good one."""
        self.reason = reason
        self._answer_within_s = answer_within_s
        self._canaries.begin()

    @property
    def canary_due(self) -> bool:
        """Whether to send a canary, unless one is under way: a suspect gets one at once."""
        return self._canaries.due and (self.suspect or self.reason is not None)

    def canary(self, ok: bool, seconds: float = 0.0) -> None:
        """Count a canary: `ok` when it was answered rightly, after `seconds`.

        A bad one confirms a suspicion; a good one clears it, and the next takes twice as much. An ejected
        replica is healthy after two good ones in a row.
        """
        if self.reason is None:
            self._judge_suspect(ok)
        elif self._canaries.recovered(ok and seconds <= self._answer_within_s):
            self.pardon()

    def pardon(self) -> None:
        """Bring it back and forget what was held against it."""
        self.reason = None
        self._patience = 1
        self._forget()

    def _judge_suspect(self, ok: bool) -> None:
        if ok:
            self._patience = min(2 * self._patience, 64)
            self._doubts = Streak(self.IN_A_ROW * self._patience, self.LAST * self._patience, self.SHARE)
            self._forget_answers()
        else:
            self._canaries.postpone()
        self._confirmed = None if ok else "wrong answers to canaries"
