"""What can go wrong between us and an endpoint, as the causes of docs/judging.md. Nothing quotes a reply."""

import os
import ssl
from socket import gaierror

from judges.backend import BackendError
from rubrics.cause import Cause


def not_http(why: str) -> BackendError:
    """Bytes that no HTTP/1.1 response begins or goes on with."""
    return BackendError(Cause.JUDGE_GARBLED, f"the reply is not HTTP: {why}", retryable=True)


def too_long(max_bytes: int) -> BackendError:
    """A body beyond the cap; it is not read to its end."""
    detail = f"the reply is longer than max_reply_bytes ({max_bytes:,})"
    return BackendError(Cause.JUDGE_GARBLED, detail, retryable=True)


def unsolicited(what: str) -> BackendError:
    """Bytes that answer nothing we asked on their connection."""
    return BackendError(Cause.JUDGE_MISMATCHED, f"{what}; its connection is closed", retryable=True)


def broken(error: Exception | None, received: int) -> BackendError:
    """A connection that ended before its reply was complete."""
    how = "was closed" if error is None else f"broke ({type(error).__name__})"
    when = f"after {received:,} bytes of a reply" if received else "before a reply"
    return BackendError(Cause.JUDGE_UNREACHABLE, f"the connection {how} {when}", retryable=True)


def no_connection(place: str, error: OSError) -> BackendError:
    """Nobody there, or nobody there whom the certificate vouches for."""
    if isinstance(error, ssl.SSLError):
        return BackendError(Cause.JUDGE_UNREACHABLE, f"no secure connection: {place}, {_tls_reason(error)}")
    return BackendError(Cause.JUDGE_UNREACHABLE, f"no connection: {place}, {_reason(error)}", retryable=True)


def _reason(error: OSError) -> str:
    if isinstance(error, gaierror):
        return f"the name cannot be resolved ({error.strerror})"
    if error.errno:
        return os.strerror(error.errno)  # the error's own text depends on the event loop
    return "it took too long" if isinstance(error, TimeoutError) else type(error).__name__


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not accepted ({error.verify_message})"
    return (error.reason or type(error).__name__).replace("_", " ").lower()
