"""The simulated judge as a process."""

import asyncio
import gc
import importlib.util
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial

from judges.listening import BACKLOG, allow_many_connections, listen, url_of
from judges.sim.app import SimApp
from judges.sim.connection import Connection, Connections
from judges.sim.options import SimOptions
from judges.sim.pairs import pairs

GRACE = 1.0
"""Seconds that calls in flight get to finish after SIGTERM or SIGINT."""
INTERRUPTED = 128 + signal.SIGINT


def run(options: SimOptions) -> int:
    """Serve until SIGTERM or SIGINT and return the exit status: 0 or 130.

    Prints one line to stdout as soon as it answers:
    `gavel judge sim: simulated judge at http://127.0.0.1:PORT/v1, model gavel-sim`, with a URL a replica.
    Raises ConfigError when it cannot listen.
    """
    allow_many_connections()
    listeners = _listeners(options)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        stopped_by = runner.run(_serve(options, listeners))
    return INTERRUPTED if stopped_by == signal.SIGINT else 0


def _listeners(options: SimOptions) -> Sequence[socket.socket]:
    """One for each replica: on free ports, or on those that follow the first."""
    step = 1 if options.port else 0
    return [listen(options.host, options.port + step * place) for place in range(options.replicas)]


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _serve(options: SimOptions, listeners: Sequence[socket.socket]) -> int:
    loop, connections = asyncio.get_running_loop(), Connections()
    apps = [SimApp(options.of_replica(number), number) for number in range(1, len(listeners) + 1)]
    servers = [
        await loop.create_server(partial(Connection, app.handle, connections), sock=each, backlog=BACKLOG)
        for app, each in zip(apps, listeners, strict=True)
    ]
    stopped = _stopped(loop)
    for at, seconds in pairs(options.stall, "AT:SECONDS"):
        for app in apps:
            loop.call_later(at, app.engine.stall, seconds)
    gc.freeze()
    _tell([url_of(options.host, each) + "/v1" for each in listeners], options.model)
    number = await stopped
    for server in servers:
        server.close()
    await connections.end(GRACE)
    return number


def _stopped(loop: asyncio.AbstractEventLoop) -> "asyncio.Future[int]":
    """The signal that ends the process, once it comes."""
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    return stopped


def _tell(urls: Sequence[str], model: str) -> None:
    sys.stdout.write(f"gavel judge sim: simulated judge at {', '.join(urls)}, model {model}\n")
    sys.stdout.flush()
