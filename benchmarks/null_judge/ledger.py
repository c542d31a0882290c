"""What the null judge counted, over all its replicas."""

import json
from collections.abc import Iterable, Sequence

from judges.sim.latency import count_tokens
from judges.sim.prefix_cache import PrefixCache

CACHE_BLOCKS = 1_000_000
MESSAGES = b'"messages":'

Prompt = tuple[int, bytes]
"""The number of a replica, and the body of a call that got a slot there."""


class Ledger:
    """Calls, how long they took from the last byte in to the first byte out, and their prompts."""

    def __init__(self, *, keep_prompts: bool = False) -> None:
        self._keep_prompts = keep_prompts
        self.clear()

    def clear(self) -> None:
        """Start again."""
        self.calls = 0
        self.cancelled = 0
        self._seconds: list[float] = []
        self._prompts: list[Prompt] = []

    def answered(self, seconds: float) -> None:
        """Note a call that got its reply."""
        self._seconds.append(seconds)

    def admitted(self, replica: int, body: bytes) -> None:
        """Note a call that got a slot."""
        if self._keep_prompts:
            self._prompts.append((replica, body))

    def read(self) -> bytes:
        """As JSON."""
        figures: dict[str, float | None] = {
            "calls": self.calls,
            "cancelled": self.cancelled,
            "p50_s": percentile(self._seconds, 0.50),
            "p99_s": percentile(self._seconds, 0.99),
            "prompt_tokens": sum(count_tokens(messages(body)) for _, body in self._prompts),
            "computed_tokens": computed(self._prompts),
            "computed_by_one": computed((0, body) for _, body in self._prompts),
        }
        return json.dumps(figures).encode()


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of the values do not exceed; None of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def computed(prompts: Iterable[Prompt]) -> int:
    """Prompt tokens that replicas with prefix caches, empty at first, have to compute."""
    caches: dict[int, PrefixCache] = {}
    total = 0
    for replica, body in prompts:
        text = messages(body)
        cache = caches.setdefault(replica, PrefixCache(CACHE_BLOCKS))
        total += count_tokens(text) - cache.admit(text)
    return total


def messages(body: bytes) -> bytes:
    """The part of a body that a model reads."""
    return body[body.find(MESSAGES) :]
