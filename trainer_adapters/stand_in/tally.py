"""How many rollouts could not be scored, and why: counted in each process and said now and then."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from threading import Lock

REMEMBERED = 256
EVERY_S = 60.0

_log = logging.getLogger("trainer_adapters.stand_in")


class Tally:
    """Counts of one process, with a line in its log at the first hole and then at most once a minute."""

    def __init__(self, clock: Callable[[], float], policy: str) -> None:
        self._clock = clock
        self._policy = policy
        self._lock = Lock()
        self._recent: deque[Mapping[str, float | None]] = deque(maxlen=REMEMBERED)
        self._rollouts = 0
        self._causes: Counter[str] = Counter()
        self._said_at = float("-inf")

    def scored(self, values: Mapping[str, float | None]) -> None:
        """Count a rollout that was scored, and remember its values."""
        with self._lock:
            self._rollouts += 1
            self._recent.append(values)

    def unscored(self, cause: str) -> None:
        """Count one that was not, and say so if that was not done of late."""
        with self._lock:
            self._rollouts += 1
            self._causes[cause] += 1
            due = self._clock() - self._said_at >= EVERY_S
            if due:
                self._said_at = self._clock()
        if due:
            _log.warning("%s", self)

    def recent(self, keys: Iterable[str]) -> dict[str, float]:
        """The mean of each value over what this process scored last: the best guess at an unknown group's."""
        with self._lock:
            held = list(self._recent)
        _log.warning("a group's mean is not known: that of %d recent rollouts stands in", len(held))
        return {key: _mean([value for row in held if (value := row.get(key)) is not None]) for key in keys}

    def __str__(self) -> str:
        with self._lock:
            causes = ", ".join(f"{cause} {count}" for cause, count in self._causes.most_common())
            return (
                f"{self._causes.total()} of {self._rollouts} rollouts unscored in this process ({causes}); "
                f"on_unscored={self._policy}"
            )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
