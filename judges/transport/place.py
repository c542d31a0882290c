"""Where an endpoint is: a URL taken apart, and the addresses behind its name."""

import socket
from collections.abc import Sequence
from functools import cached_property
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

import msgspec

PORTS = {"http": 80, "https": 443}


class Place(msgspec.Struct, frozen=True, dict=True):
    """Where requests go, and under which name."""

    host: str
    """A name or an address, without brackets."""
    port: int
    secure: bool
    path: str

    @classmethod
    def of(cls, url: str) -> "Place":
        """The place that an http or https URL names. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("expected http://host/v1 or https://host/v1")
        host = _ascii(parts.hostname)
        port = PORTS[parts.scheme] if parts.port is None else parts.port
        return cls(host, port, parts.scheme == "https", quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._"))

    @cached_property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _ascii(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("the URL's host is not a host name") from None
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise ValueError("the URL's host is not a host name")
    return name


async def addresses(place: Place) -> list[str]:
    """The addresses of the place's host, in the resolver's order. Raises OSError."""
    import asyncio  # takes a while, which `gavel check` need not wait for

    loop = asyncio.get_running_loop()
    return _distinct(await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM))


def addresses_now(place: Place) -> list[str]:
    """The same, waited for. Raises OSError."""
    return _distinct(socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM))


def _distinct(found: Sequence[tuple[object, object, object, object, tuple[object, ...]]]) -> list[str]:
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
