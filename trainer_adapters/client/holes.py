"""How many of the recent rollouts have no reward. Some holes are masked; too many are an error."""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator

from trainer_adapters.client.errors import TooManyUnscored
from trainer_adapters.client.scores import Result

LARGEST_WINDOW = 65536
LONGEST_DETAIL = 200


class Holes:
    """A rolling window over outcomes, at least `window` wide, and as wide as what is under way at once.

    What is not there yet counts as scored: a run that starts with a short outage goes on.
    """

    def __init__(self, fraction: float, window: int) -> None:
        self._fraction = fraction
        self._least = self._window = window
        self._recent: deque[str | None] = deque()
        self._causes: Counter[str] = Counter()
        self._under_way = 0

    @contextlib.contextmanager
    def under_way(self, rollouts: int) -> Iterator[None]:
        """Rollouts are being scored: failures of one moment are compared with all that were at it."""
        if not self._under_way:
            self._window = self._least
        self._under_way += rollouts
        self._window = max(self._window, min(self._under_way, LARGEST_WINDOW))
        try:
            yield
        finally:
            self._under_way -= rollouts

    def record(self, results: Iterable[Result]) -> None:
        """Take note of outcomes. Raises TooManyUnscored."""
        last: Result | None = None
        for result in results:
            self._recent.append(result["cause"])
            if result["cause"] is not None:
                last = result
                self._causes[result["cause"]] += 1
        self._trim()
        unscored = sum(self._causes.values())
        if last is not None and unscored > self._fraction * self._window:
            raise TooManyUnscored(self._told(unscored, last.get("detail")))

    def _trim(self) -> None:
        while len(self._recent) > self._window:
            oldest = self._recent.popleft()
            if oldest is not None:
                self._causes[oldest] -= 1
                self._causes += Counter()  # drops what has come to 0

    def _told(self, unscored: int, detail: object) -> str:
        causes = ", ".join(f"{cause} {count}" for cause, count in self._causes.most_common())
        last = f"; the last: {str(detail)[:LONGEST_DETAIL]}" if detail else ""
        return (
            f"{unscored} of the last {self._window} rollouts are unscored, more than max_unscored_fraction="
            f"{self._fraction:g} allows: {causes}{last}. Mend the cause, or allow more by "
            "GAVEL_MAX_UNSCORED_FRACTION (1 never stops)"
        )
