"""Requests and tokens per minute, as hosted judges count them."""

import time
from collections.abc import Callable

MINUTE_S = 60.0
BURST_S = 1.0
"""What may go out at once, in seconds of the rate."""


class Rates:
    """The rates of one replica: ask `wait_s`, and when it is 0 `spend`.

    In no 60 seconds are more requests spent than allowed. Tokens may exceed their limit by what a single
    call takes: nobody knows beforehand how many those are, so calls are estimated and corrected.
    """

    def __init__(
        self,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limited = requests_per_minute is not None or tokens_per_minute is not None
        self._requests = Bucket(requests_per_minute, clock)
        self._tokens = Bucket(tokens_per_minute, clock)

    def wait_s(self, tokens: int = 0) -> float:
        """Seconds until a call of about `tokens` may go out; 0 for now. Asking reserves nothing."""
        return max(self._requests.wait_s(1), self._tokens.wait_s(tokens)) if self._limited else 0.0

    def spend(self, tokens: int = 0) -> None:
        """Count a call that goes out now."""
        if self._limited:
            self._requests.spend(1)
            self._tokens.spend(tokens)

    def correct(self, difference: int) -> None:
        """Count tokens that a call took beyond its estimate; negative where it took fewer."""
        self._tokens.spend(difference)


class Bucket:
    """A token bucket that spends at most `per_minute` in any 60 seconds; None is no limit."""

    def __init__(self, per_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limited = per_minute is not None
        limit = per_minute or 0
        self._room = max(1.0, limit / MINUTE_S * BURST_S)
        # A full bucket and what a minute adds to it must not come to more than the limit.
        self._per_second = (limit - self._room + 1) / MINUTE_S
        self._level = self._room
        self._filled_at = clock()

    def wait_s(self, amount: float) -> float:
        """Seconds until `amount` may be spent; where it is more than the bucket holds, until that is full."""
        if not self._limited or amount <= 0:
            return 0.0
        self._fill()
        missing = min(amount, self._room) - self._level
        # A hair early is never on time: the caller would come back to find nothing.
        return 0.0 if missing <= 1e-9 else missing / self._per_second + 1e-9

    def spend(self, amount: float) -> None:
        """Take `amount` out, into debt where there is less; a negative amount puts it back."""
        if self._limited:
            self._fill()
            self._level = min(self._room, self._level - amount)

    def _fill(self) -> None:
        now = self._clock()
        gained = (now - self._filled_at) * self._per_second
        self._level = min(self._room, self._level + max(0.0, gained))
        self._filled_at = now
