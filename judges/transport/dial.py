"""Opening connections to one place."""

import asyncio
import ssl
from collections.abc import Callable
from functools import cache

from judges.transport import failures
from judges.transport.connection import Connection
from judges.transport.place import Place, addresses

CONNECT_S = 10.0
"""Longest time until a connection is open, TLS included."""
NAME_S = 30.0
"""How long the addresses of a name are believed."""


@cache
def tls() -> ssl.SSLContext:
    """Certificates and host names verified against the system's authorities; no HTTP/2."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class Dialler:
    """Opens connections to a place, at the address that last answered first. Belongs to one event loop."""

    def __init__(self, place: Place, address: str | None, make: Callable[[], Connection]) -> None:
        self._place = place
        self._make = make
        self._addresses = [address] if address else []
        self._fixed = address is not None
        self._believed_until = 0.0
        self._asking: asyncio.Task[list[str]] | None = None

    async def dial(self) -> Connection:
        """A new connection. Raises BackendError."""
        try:
            async with asyncio.timeout(CONNECT_S):
                return await self._reach(await self._known())
        except OSError as error:
            failure = failures.no_connection(str(self._place), error)
        raise failure

    async def _reach(self, known: list[str]) -> Connection:
        last: OSError = OSError("the name has no address")
        for address in list(known):
            try:
                connection = await self._open(address)
            except ssl.SSLError:
                raise
            except OSError as error:
                last = error
                continue
            self._prefer(address)
            return connection
        self._believed_until = 0.0
        raise last

    async def _open(self, address: str) -> Connection:
        place, connection = self._place, self._make()
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: connection,
                address,
                place.port,
                ssl=tls() if place.secure else None,
                server_hostname=place.host if place.secure else None,
            )
        except BaseException:
            connection.abandon()
            raise
        return connection

    def _prefer(self, address: str) -> None:
        if address in self._addresses[1:]:
            self._addresses.remove(address)
            self._addresses.insert(0, address)

    async def _known(self) -> list[str]:
        """The addresses to try; however many calls are waiting, the resolver is asked once."""
        loop = asyncio.get_running_loop()
        if not self._fixed and loop.time() >= self._believed_until:
            if self._asking is None:
                self._asking = loop.create_task(addresses(self._place))
                self._asking.add_done_callback(self._learn)
            await asyncio.shield(self._asking)
        return self._addresses

    def _learn(self, asked: "asyncio.Task[list[str]]") -> None:
        self._asking = None
        if asked.cancelled() or asked.exception() is not None:
            return
        self._addresses = asked.result()
        self._believed_until = asked.get_loop().time() + NAME_S
