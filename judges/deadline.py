"""The deadline of the request in hand, seen by everything awaited under it.

A per-call timeout alone cannot keep a promise about the whole answer: retries add up and a slow drip
of bytes restarts a read timeout. So there is one deadline a request, and each wait takes what is left.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from judges import clock

_ENDS_AT: ContextVar[float] = ContextVar("deadline", default=math.inf)


def ends_at() -> float:
    """When the current deadline passes, on the monotonic clock; infinite outside of one."""
    return _ENDS_AT.get()


def remaining() -> float:
    """Seconds left of the current deadline; infinite outside of one, negative once it has passed."""
    return _ENDS_AT.get() - clock.now()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Run the body under a deadline `seconds` from now, or under the enclosing one if that ends earlier."""
    token = _ENDS_AT.set(min(_ENDS_AT.get(), clock.now() + seconds))
    try:
        yield
    finally:
        _ENDS_AT.reset(token)
