"""Failures that add up."""

from collections import deque


class Streak:
    """Failures among the latest attempts: too many in a row, or too large a share."""

    def __init__(self, in_a_row: int, last: int, share: float) -> None:
        self._most_in_a_row = in_a_row
        self._most = share * last
        self._latest: deque[bool] = deque(maxlen=last)
        self._in_a_row = 0

    def add(self, failed: bool) -> None:
        """Count an attempt."""
        self._latest.append(failed)
        self._in_a_row = self._in_a_row + 1 if failed else 0

    @property
    def bad(self) -> bool:
        """Whether it has failed too often."""
        return self._in_a_row >= self._most_in_a_row or sum(self._latest) > self._most
