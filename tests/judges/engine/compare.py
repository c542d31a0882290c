"""Prints what the limiter finds beside a limit tuned by hand and a limiter that follows latency.

python -m tests.judges.engine.compare

The table of docs/design/concurrency.md. Seeded and in virtual time: it is the same on every machine.
"""

import sys
from collections.abc import Callable
from typing import NamedTuple

from judges.engine.limiter import Limiter
from tests.judges.engine.models import (
    Allowance,
    Client,
    Fixed,
    Model,
    Sharing,
    Slots,
    Steps,
    grouped,
    jittered,
)

CALLS = 4096
BATCHES = 4


class Gradient:
    """The usual rule: the limit follows the ratio of the long-term latency to the latest."""

    TOLERANCE, ROOM, SMOOTHING, WINDOW = 1.5, 4.0, 0.2, 600

    def __init__(self) -> None:
        self._limit = 32.0
        self._long_s = 0.0

    @property
    def limit(self) -> int:
        return int(self._limit)

    def ended(self, seconds: float, in_flight: int) -> None:
        self._long_s += (seconds - self._long_s) * (2 / (self.WINDOW + 1)) if self._long_s else seconds
        if self._long_s > 2 * seconds:
            self._long_s *= 0.95
        if in_flight >= self._limit / 2:
            ratio = max(0.5, min(1.0, self.TOLERANCE * self._long_s / seconds))
            wanted = self._limit * ratio + self.ROOM
            self._limit = max(1.0, self._limit + (wanted - self._limit) * self.SMOOTHING)


class Case(NamedTuple):
    """A judge and what it is asked."""

    name: str
    judge: Callable[[], Model]
    works: Callable[[int], list[float]]


def noisy(usual: float, sigma: float = 0.2, stragglers: float = 0.01) -> Callable[[int], list[float]]:
    return lambda seed: jittered(seed, CALLS, usual=usual, sigma=sigma, stragglers=stragglers)


def lengths(usual: float) -> Callable[[int], list[float]]:
    return lambda seed: grouped(seed, CALLS, usual=usual, sigma=0.5)


TUNED = [5, 20, 40, 77, 100, 150, 300, 600, 1024, 4096]
"""Limits among which the best is taken."""
CASES = [
    Case("4 slots", lambda: Slots(4), noisy(0.05)),
    Case("64 slots", lambda: Slots(64), noisy(0.05)),
    Case("64 slots, groups of differing length", lambda: Slots(64), lengths(0.05)),
    Case("256 slots", lambda: Slots(256), noisy(0.05)),
    Case("batching, 50 + 2 n ms", lambda: Sharing(0.05, 0.002), noisy(1.0)),
    Case("batching, 20 + 5 n ms", lambda: Sharing(0.02, 0.005), noisy(1.0)),
    Case("steps of 8,192 tokens, prompts of 600", lambda: Steps(0.01, 2e-6, 8192, 256), noisy(600)),
    Case("steps of 8,192 tokens, prompts of 60", lambda: Steps(0.01, 2e-6, 8192, 256), noisy(60)),
    Case("steps of 2,048 tokens on a CPU, prompts of 60", lambda: Steps(0.02, 1e-4, 2048, 32), noisy(60)),
]


def cell(case: Case, allowance: Callable[[Client], Allowance]) -> str:
    """Efficiency of the first batch and of the later ones, limit at the end, and how long calls then take."""
    client = Client(case.judge())
    limiter = allowance(client)
    found = []
    for batch in range(BATCHES):
        works = case.works(batch)
        tuned_s = min(Client(case.judge()).run(works, Fixed(limit)).wall_s for limit in TUNED)
        last = client.run(works, limiter)
        found.append(tuned_s / last.wall_s)
    alone_s = Client(case.judge()).run(works[:200], Fixed(1)).quantile(0.5)
    later = sum(found[1:]) / (BATCHES - 1)
    return f"{found[0]:.2f}, {later:.2f}; {limiter.limit}; {last.quantile(0.95) / alone_s:.1f}"


def main() -> None:
    """Print the table."""
    rules: dict[str, Callable[[Client], Allowance]] = {
        "Gavel": lambda client: Limiter(clock=lambda: client.now),
        "gradient": lambda _: Gradient(),
        "fixed at 32": lambda _: Fixed(32),
    }
    sys.stdout.write(f"| judge | {' | '.join(rules)} |\n{'|---' * (len(rules) + 1)}|\n")
    for case in CASES:
        cells = [cell(case, rule) for rule in rules.values()]
        sys.stdout.write(f"| {case.name} | {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main()
