"""What a request may ask for, and how much may be under way at once."""

from typing import Annotated

from pydantic import Field

from rubrics.options import Options

MIB = 2**20


class Limits(Options):
    """Bounds by count, bytes and time. Above them a request is refused, never silently cut."""

    max_body_bytes: Annotated[int, Field(gt=0)] = 64 * MIB
    """Bytes of one request body, before and after decompression."""
    max_rollouts: Annotated[int, Field(gt=0)] = 16_384
    """Rollouts in one request."""
    max_completion_chars: Annotated[int, Field(gt=0)] = 1_000_000
    """Characters of one completion; a longer one is unscored (`completion_too_long`), by itself."""
    max_requests: Annotated[int, Field(gt=0)] = 4_096
    """Requests under way at once; one more is answered 429."""
    max_bytes: Annotated[int, Field(gt=0)] = 1024 * MIB
    """Bytes of request bodies under way at once; more is answered 429."""
    read_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds for the body of a request to arrive; then it is answered 408."""
    deadline_s: Annotated[float, Field(gt=0)] = 300.0
    """Seconds a request may take when it names no `deadline_s`."""
    drain_s: Annotated[float, Field(ge=0)] = 30.0
    """Seconds that requests under way get to finish after SIGTERM; then they are answered with nulls."""
