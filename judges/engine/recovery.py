"""When a replica that was taken out is asked again, and when it is back."""

import math

from judges.clock import Clock

RELAPSE_S = 60.0
"""A replica ejected again this soon is tried less often at first."""


class Canaries:
    """When an ejected replica is asked again: 1, 2, 4, 8, 10, 10 ... s after the last canary."""

    FIRST_S, LONGEST_S, GOOD = 1.0, 10.0, 2

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._first_s = self._wait_s = self.FIRST_S
        self._next = self._recovered_at = -math.inf
        self._good = 0

    def begin(self) -> None:
        """Start over, more patiently when the last recovery did not last."""
        relapsed = self._clock() - self._recovered_at < RELAPSE_S
        self._first_s = min(2 * self._first_s, self.LONGEST_S) if relapsed else self.FIRST_S
        self._good = 0
        self._in(self._first_s)

    @property
    def due(self) -> bool:
        """Whether it is time."""
        return self._clock() >= self._next

    def recovered(self, good: bool) -> bool:
        """Count a canary; true when it was the second good one in a row."""
        self._good = self._good + 1 if good else 0
        if good:
            self._in(self.FIRST_S)
        else:
            self.postpone()
        if self._good >= self.GOOD:
            self._recovered_at = self._clock()
            return True
        return False

    def postpone(self) -> None:
        """Put the next one off, each time for longer."""
        self._in(min(2 * self._wait_s, self.LONGEST_S))

    def _in(self, seconds: float) -> None:
        self._wait_s = seconds
        self._next = self._clock() + seconds
