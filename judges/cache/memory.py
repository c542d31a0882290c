"""The cache in this process: the readings used last, up to so many bytes."""

import time
from collections import OrderedDict
from collections.abc import Callable

from rubrics.verdict import Reading

# CPython's own figures, rounded up: the key and its place, the tuple, the reading and its dictionary.
_EACH, _EACH_CHOICE = 600, 60


class Memory:
    """Forgets the reading that was not asked for the longest, and any that is older than `max_age_s`."""

    def __init__(self, max_bytes: int, max_age_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._room = max_bytes
        self._max_age_s = max_age_s
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[Reading, float]] = OrderedDict()

    async def get(self, key: bytes) -> Reading | None:
        known = self._known.get(key)
        if known is None:
            return None
        reading, until = known
        if self._clock() >= until:
            self._forget(key)
            return None
        self._known.move_to_end(key)
        return reading

    def put(self, key: bytes, reading: Reading) -> None:
        if reading.reason is not None:
            reading = Reading(reading.choices)
        if key in self._known:
            self._forget(key)
        self._known[key] = (reading, self._clock() + self._max_age_s)
        self._room -= _size(reading)
        while self._room < 0:
            self._forget(next(iter(self._known)))

    async def aclose(self) -> None: ...

    def _forget(self, key: bytes) -> None:
        reading, _ = self._known.pop(key)
        self._room += _size(reading)


def _size(reading: Reading) -> int:
    return _EACH + _EACH_CHOICE * len(reading.choices)
