"""What was done for one question: a call that was made, or an answer that was there without one."""

from typing import Literal

import msgspec

from judges.request import UNKNOWN_USAGE, Request, Usage
from rubrics.cause import Cause

How = Literal["called", "cached", "joined"]
"""Asked of a replica; known to the verdict cache; answered together with an identical question in flight."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call for one question, kept where a caller wants to know."""

    name: str
    """The question, as in `Request.id`: the rollout's id, `/`, the criterion, and `#n` for the nth sample."""
    how: How
    started: float
    """When it began, on the monotonic clock, in seconds."""
    digest: bytes = b""
    """16 bytes that stand for the prompt; empty where no call was made."""
    judge: str = ""
    """Its name in the reward file."""
    replica: str = ""
    seconds: float = 0.0
    """From sending to the end of the reply, or to the failure."""
    usage: Usage = UNKNOWN_USAGE
    text: str = ""
    """The reply. Not trusted: it may quote the text."""
    cause: Cause | None = None
    """Why the call brought nothing that could be used."""


def told(request: Request, how: How, now: float) -> Call:
    """A question that was answered without a call of its own."""
    return Call(name=request.id, how=how, started=now)
