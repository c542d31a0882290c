"""A socket to serve on, bound before anything else starts, so that a taken port is only a message."""

import contextlib
import resource
import socket

from rubrics.problems import ConfigError

BACKLOG = 4096


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises ConfigError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        message = f"cannot listen on {host} port {port}: {error.strerror}"
        raise ConfigError(message, hint="choose another with --port; 0 takes a free one") from None


def url_of(host: str, listener: socket.socket) -> str:
    """The base URL of a listening socket."""
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def allow_many_connections() -> None:
    """Raise the soft limit on open files: a burst of single requests opens thousands of connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
