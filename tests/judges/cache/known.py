"""Keys and readings for tests of the cache."""

from hashlib import blake2b

from rubrics.verdict import Reading

YES = Reading({"yes": 0.75, "no": 0.25})
NO = Reading({"yes": 0.125, "no": 0.875})


def key(number: int) -> bytes:
    """A key like any other."""
    return blake2b(b"%d" % number, digest_size=32).digest()


class Clock:
    """Time that passes when told to."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
