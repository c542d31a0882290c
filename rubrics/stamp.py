"""Which rubric a value came from, for replies and metrics."""

import msgspec


class RubricStamp(msgspec.Struct, frozen=True):
    """A rubric's name, and what it said."""

    id: str
    version: str
    """The author's version."""
    digest: str
    """`sha256:` and the digest of what reaches the judge or the arithmetic."""
