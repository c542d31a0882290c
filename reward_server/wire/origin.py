"""Whose rollouts a request brings, and what tells the request from others."""

from typing import NamedTuple


class Origin(NamedTuple):
    """Beside the rollouts themselves."""

    identity: bytes | None = None
    """16 bytes that two requests have in common where the one is the other sent again; None for one that is
    like no other."""
    run: str | None = None
    """The training run, as the trainer calls it."""
    step: int | None = None
    """The trainer's step."""


UNKNOWN = Origin()
