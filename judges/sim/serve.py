"""The simulated judge as a process."""

import asyncio
import contextlib
import importlib.util
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType

import uvicorn

from judges.listening import BACKLOG, allow_many_connections, listen, url_of
from judges.sim.app import Address, SimApp
from judges.sim.options import SimOptions

KEEP_ALIVE = 75
GRACE = 1.0
"""Seconds that calls in flight get to finish after SIGTERM or SIGINT."""
INTERRUPTED = 128 + signal.SIGINT


def run(options: SimOptions) -> int:
    """Serve until SIGTERM or SIGINT and return the exit status: 0 or 130.

    Prints one line to stdout as soon as it answers:
    `gavel judge sim: simulated judge at http://127.0.0.1:PORT/v1, model gavel-sim`.
    Raises ConfigError when it cannot listen.
    """
    allow_many_connections()
    listener = listen(options.host, options.port)
    server = _Server(options, listener)
    server.run(sockets=[listener])
    return INTERRUPTED if server.stopped_by == signal.SIGINT else 0


class _Server(uvicorn.Server):
    """Uvicorn with a ready line, an end to hanging calls, and exit codes of ours."""

    def __init__(self, options: SimOptions, listener: socket.socket) -> None:
        app = SimApp(options, self._hang_up)
        super().__init__(_configuration(app))
        self.stopped_by: int | None = None
        self._url = url_of(options.host, listener) + "/v1"
        self._model = options.model

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(f"gavel judge sim: simulated judge at {self._url}, model {self._model}\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(GRACE, self._hang_up, None)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Uvicorn would raise the signal again at the end, and SIGTERM would end in status 143.
        kept = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopped_by = number
        self.handle_exit(number, frame)

    def _hang_up(self, client: Address | None) -> None:
        """Close the connection from `client`, or every connection."""
        for connection in list(self.server_state.connections):
            if client is None or getattr(connection, "client", None) == client:
                connection.transport.close()


def _configuration(app: SimApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="auto",
        http="httptools" if importlib.util.find_spec("httptools") else "h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # a forwarded address would hide the connection to hang up
        server_header=False,
        headers=[("X-Gavel-Simulated", "true")],
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
    )
