"""One thread that makes spans out of what is put in line; what does not fit in line is not traced."""

import queue
import threading
from collections.abc import Callable

import structlog

from reward_server.engine.trail import Journey

MOST = 50_000
"""Calls and rollouts in line, at most: a collector that is slow must not fill the memory (some 20 MB)."""

Write = Callable[[Journey], None]

_LOG = structlog.get_logger("gavel.tracing")


class Background:
    """Writes journeys, one after the other."""

    def __init__(self) -> None:
        self._line: queue.SimpleQueue[tuple[Write, Journey, int] | None] = queue.SimpleQueue()
        self._in_line = 0
        self._lock = threading.Lock()
        self._dropped = False
        self._thread = threading.Thread(target=self._work, name="traces", daemon=True)
        self._thread.start()

    def put(self, write: Write, journey: Journey) -> None:
        """Get in line, unless that is too long. Does not wait."""
        weight = len(journey.calls) + sum(len(group.rollouts) for group in journey.groups)
        with self._lock:
            if self._in_line and self._in_line + weight > MOST:
                self._tell_dropped()
                return
            self._in_line += weight
        self._line.put((write, journey, weight))

    def finish(self, within_s: float) -> None:
        """Write what is in line, for so long at most."""
        self._line.put(None)
        self._thread.join(within_s)

    def _tell_dropped(self) -> None:
        if not self._dropped:
            self._dropped = True
            _LOG.warning("requests go untraced", reason="the collector is too slow for all of them")

    def _work(self) -> None:
        while (job := self._line.get()) is not None:
            write, journey, weight = job
            try:
                write(journey)
            except Exception:  # noqa: BLE001 - the next journey is to be written all the same
                _LOG.exception("bug in tracing")
            with self._lock:
                self._in_line -= weight
