"""Whose reply it is (promise 5): ids for requests, and what an endpoint's replies say about them.

An engine that names the request in its reply, as vLLM does, proves with each reply whose it is. One that
has done so once must go on: a reply without our id is then somebody else's. Of an engine that never does,
nothing can be told from the reply itself; there only the connection binds, and it is used for one call.
"""

import os
import secrets
from itertools import count

from judges.backend import BackendError
from rubrics.cause import Cause


class Ids:
    """Request ids of this process: all begin alike, none is ever used twice."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Start over under another prefix, as a forked process must."""
        self.prefix = secrets.token_hex(8)
        self._numbers = count(1)

    def next(self) -> str:
        """An id of 32 hexadecimal digits, as long as all others: none is part of another."""
        return f"{self.prefix}{next(self._numbers):016x}"


IDS = Ids()
os.register_at_fork(after_in_child=IDS.renew)


class Binding:
    """What one endpoint has been seen to echo."""

    def __init__(self) -> None:
        self._in_body = False
        self._in_header = False

    @property
    def seen(self) -> bool:
        """Whether a reply has ever named its request."""
        return self._in_body or self._in_header

    def check(self, request_id: str, body_id: str, header_id: str) -> bool:
        """Whether the reply names its request. Raises BackendError when it is another's."""
        in_body, in_header = request_id in body_id, header_id == request_id
        self._in_body |= in_body
        self._in_header |= in_header
        if self._wrong(body_id, in_body) or self._wrong(header_id, in_header):
            raise BackendError(Cause.JUDGE_MISMATCHED, "the reply carries another call's id", retryable=True)
        if (self._in_body and not in_body) or (self.seen and not (in_body or in_header)):
            raise BackendError(Cause.JUDGE_MISMATCHED, "the reply does not carry our id", retryable=True)
        return in_body or in_header

    @staticmethod
    def _wrong(found: str, ours: bool) -> bool:
        """Whether an id betrays itself as one of our other calls', which even a first reply may do."""
        return not ours and IDS.prefix in found
