"""The server process: uvicorn, with a drain of our own.

On SIGTERM the server is not ready at once, refuses new batches politely, lets those under way finish for
`drain_s`, answers the rest with nulls, and exits 0. uvicorn alone would close the listening socket first.
"""

import asyncio
import gc
import signal
import socket
import sys
from types import FrameType
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from judges.listening import BACKLOG, allow_many_connections, url_of
from reward_server.http.protocol import BoundedProtocol
from reward_server.http.state import State

INTERRUPTED = 128 + signal.SIGINT
KEEP_ALIVE_S = 75
"""Longer than pools keep idle connections, so that no client sends on one that is just being closed."""
_COLLECTIONS = (20_000, 20, 20)
WRITE_OUT_S = 5
"""Seconds that answers get to reach their clients once everything is scored."""

_LOG = structlog.get_logger("gavel.http")


class DrainingServer(uvicorn.Server):
    """Drains before it stops."""

    def __init__(self, config: uvicorn.Config, state: State, ready_line: str) -> None:
        super().__init__(config)
        self._state = state
        self._ready_line = ready_line
        self._loop: asyncio.AbstractEventLoop | None = None
        self._draining: asyncio.Task[None] | None = None
        self.exit_code = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say where on standard output."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_log_inertly)
        sys.stdout.write(self._ready_line + "\n")
        sys.stdout.flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """First signal: drain. Second: answer what is under way with nulls now."""
        if sig == signal.SIGINT:
            self.exit_code = INTERRUPTED
        if self._loop is None:
            self.should_exit = True
            return
        again = self._state.admission.draining
        self._state.admission.draining = True
        self._loop.call_soon_threadsafe(self._cut_short if again else self._start_drain)

    def _start_drain(self) -> None:
        self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(self._state.service.limits.drain_s):
                await self._state.admission.idle()
        except TimeoutError:
            self._cut_short()
        self._state.service.interrupt()  # who waits for a group waits for nothing now
        self.should_exit = True

    def _cut_short(self) -> None:
        self._state.admission.stop_reading()
        self._state.service.interrupt()
        self.should_exit = True


def _log_inertly(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log without asyncio's own words, which quote the exception and so, perhaps, a completion."""
    _LOG.error("asyncio", problem=context["message"], exc_info=context.get("exception"))


def collect_rarely() -> None:
    """Look for cycles among the objects that requests make less often than Python does by itself.

    A request makes thousands of objects that go without it; looking at them again and again is a quarter of
    the time of a judge call. What was loaded at the start stays, and is not looked at any more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)


def run(app: FastAPI, host: str, listener: socket.socket) -> int:
    """Serve on a listening socket until a signal, and return the exit code."""
    allow_many_connections()
    collect_rarely()
    state: State = app.state.gavel
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=WRITE_OUT_S,
    )
    names = ", ".join(state.service.functions)
    server = DrainingServer(config, state, f"gavel serve: {names} at {url_of(host, listener)}/v1/rewards")
    server.run(sockets=[listener])
    return server.exit_code
