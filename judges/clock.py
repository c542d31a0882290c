"""The clock that judges live by. A simulation puts its own in the place of `now`."""

import time
from collections.abc import Callable

Clock = Callable[[], float]

now: Clock = time.monotonic
"""Seconds since some moment. Call it as `clock.now()`, so that it can be replaced."""
