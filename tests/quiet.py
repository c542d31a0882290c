"""Tests that measure wall time have the machine to themselves, though pytest-xdist runs several at once.

A test stands under a lock of its worker's run: shared with the other workers', or, of a test marked `quiet`,
for itself alone. Who wants it alone closes the gate first, so that no others go in ahead of it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Quiet:
    """The lock of all workers of one run, which is two files in a folder that they share."""

    def __init__(self, folder: Path) -> None:
        self._gate = (folder / "gate").open("w")
        self._room = (folder / "room").open("w")

    def close(self) -> None:
        """Close the files, which opens what is still locked."""
        self._gate.close()
        self._room.close()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Be in the room with others who share it."""
        with _held(self._gate, fcntl.LOCK_EX):
            fcntl.flock(self._room, fcntl.LOCK_SH)
        with _left(self._room):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be in the room with nobody else."""
        with _held(self._gate, fcntl.LOCK_EX), _held(self._room, fcntl.LOCK_EX):
            yield


@contextmanager
def _held(file: IO[str], how: int) -> Iterator[None]:
    fcntl.flock(file, how)
    with _left(file):
        yield


@contextmanager
def _left(file: IO[str]) -> Iterator[None]:
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
