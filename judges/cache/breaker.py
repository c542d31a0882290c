"""Leaving alone what does not work, and saying so once."""

import time
from collections.abc import Callable
from typing import Protocol


class StoreError(Exception):
    """A store that did not do as asked. The message holds no secret and nothing a server made up."""


class Notice:
    """What the log is told of a store: one line when it begins to fail, one when all of it works again."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._broken: set[Breaker] = set()

    def broken(self, part: "Breaker", error: Exception) -> None:
        """Note that a part fails."""
        if not self._broken:
            problem = str(error) if isinstance(error, StoreError) else type(error).__name__
            _log().warning("verdict_cache_unavailable", store=self._store, problem=problem)
        self._broken.add(part)

    def mended(self, part: "Breaker") -> None:
        """Note that a part works again."""
        self._broken.discard(part)
        if not self._broken:
            _log().info("verdict_cache_available", store=self._store)


class Breaker:
    """Refuses for 1 s after a failure, twice as long after each further one, at most a minute.

    The waits shorten again only after a minute without failure, so a flapping store is not chatty.
    """

    FIRST_S, LONGEST_S = 1.0, 60.0

    def __init__(self, notice: Notice, clock: Callable[[], float] = time.monotonic) -> None:
        self._notice = notice
        self._clock = clock
        self._wait_s = 0.0
        self._until: float | None = None
        self._calm_from = 0.0

    @property
    def allows(self) -> bool:
        """Whether it is worth a try."""
        return self._until is None or self._clock() >= self._until

    def failed(self, error: Exception) -> None:
        """Count a failure."""
        now = self._clock()
        calm = now >= self._calm_from
        self._wait_s = self.FIRST_S if calm else min(2 * self._wait_s, self.LONGEST_S)
        if self._until is None:
            self._notice.broken(self, error)
        self._until = now + self._wait_s
        self._calm_from = self._until + self.LONGEST_S

    def succeeded(self) -> None:
        """Count a success."""
        if self._until is not None:
            self._until = None
            self._notice.mended(self)


class _Log(Protocol):
    def info(self, event: str, **values: str) -> object: ...

    def warning(self, event: str, **values: str) -> object: ...


def _log() -> _Log:
    import structlog  # takes a fifth of a second, for what may never have to be said

    log: _Log = structlog.get_logger("gavel.cache")
    return log
