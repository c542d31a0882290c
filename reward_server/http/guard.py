"""Who may ask: a bearer token compared in constant time, and a host list against DNS rebinding."""

import base64
import binascii
import hmac
from collections.abc import Iterable

from starlette.requests import Request

from reward_server.wire.status import RequestError

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
ANY_HOST = "*"
"""In place of a name: every one is answered."""
OPEN_PATHS = ("/healthz", "/readyz")
"""Paths for anyone under any host name: probes carry no token and no name of ours, and these tell nothing."""

_DIGITS = "0123456789"


class Guard:
    """Checks each request before anything of it is read."""

    def __init__(self, token: str | None, allowed_hosts: Iterable[str]) -> None:
        self._token = None if token is None else token.encode()
        self._hosts = {_bracketed(host) for host in allowed_hosts}

    def check(self, request: Request) -> None:
        """Raise RequestError for a foreign host or a wrong token."""
        if request.scope["path"] in OPEN_PATHS:  # request.url would be made from the Host header
            return
        self._check_host(request.headers.get("host", ""))
        self._check_token(request.headers.get("authorization", ""))

    def _check_host(self, header: str) -> None:
        name = host_name(header)
        if name not in self._hosts and ANY_HOST not in self._hosts:
            message = f"this server does not answer for the host {name[:80]!a}"
            raise RequestError("forbidden_host", message, hint="add it with --allowed-host")

    def _check_token(self, authorization: str) -> None:
        if self._token is None:
            return
        if not hmac.compare_digest(_credential(authorization), self._token):
            message = "a bearer token is required"
            raise RequestError("unauthorized", message, hint="send `Authorization: Bearer $GAVEL_TOKEN`")


def _credential(authorization: str) -> bytes:
    """The token of a bearer, or the password of `http://any:TOKEN@host/`: some trainers set a URL only."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return given.strip().encode()
    try:
        decoded = base64.b64decode(given.strip(), validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        return b""
    return decoded.partition(b":")[2]


def host_name(header: str) -> str:
    """Take the port off a Host header. An IPv6 address keeps its brackets."""
    header = header.lower()
    name, _, port = header.rpartition(":")
    return name if name and not port.strip(_DIGITS) else header


def _bracketed(host: str) -> str:
    return f"[{host.lower()}]" if host.count(":") > 1 and "]" not in host else host_name(host)
