"""How long a replica's calls take lately, and how long they would take if it had nothing else to do."""

import time
from collections import deque

from judges.clock import Clock

BLOCK = 32
"""Replies that are looked at together."""
REMEMBERED = 8 * BLOCK
EXPIRY = 0.01
"""What the baseline rises by in a second of use, so that it is not held to a time long gone."""


class Latencies:
    """Seconds of the latest replies, a few hundred of them."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._closed_at = clock()
        self._block: list[float] = []
        self._recent: deque[float] = deque(maxlen=REMEMBERED)
        self._sorted: list[float] | None = []
        self.median_s = 0.0
        """Of the last block; 0 before the first is full."""
        self.baseline_s = 0.0
        """The least median of a block, forgotten slowly; 0 before the first is full."""

    def add(self, seconds: float) -> None:
        """Count a reply."""
        self._block.append(seconds)
        if len(self._block) == BLOCK:
            self._close()

    def quantile(self, q: float) -> float | None:
        """Seconds within which the share `q` of the recent replies came; None before the first block."""
        if self._sorted is None:
            self._sorted = sorted(self._recent)
        known = len(self._sorted)
        return self._sorted[min(known - 1, int(q * known))] if known else None

    def _close(self) -> None:
        self._recent.extend(self._block)
        self._sorted = None
        self._block.sort()
        self.median_s = self._block[BLOCK // 2]
        self.baseline_s = min(self.baseline_s * self._expiry() or self.median_s, self.median_s)
        self._block.clear()

    def _expiry(self) -> float:
        now = self._clock()
        in_use_s = min(now - self._closed_at, 1.0)
        self._closed_at = now
        return 1.0 + EXPIRY * in_use_s
