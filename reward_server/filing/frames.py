"""What a server and the process that stores for it say to each other, over pipes.

To the process go frames: one byte that says what it is, eight that say how long, and the content. The first
is the options, the others are parcels. For each parcel comes back one byte, and what went wrong.
"""

import os
import struct
from typing import NamedTuple

OPTIONS = b"O"
STORED, FAILED, RAISED = b"S", b"F", b"R"
"""Answers: it is durable; the file cannot be written; a bug of ours with what was to be stored."""

_HEAD = struct.Struct("!cQ")
_PIECE = 1 << 20


class Ended(Exception):
    """The other end of the pipe is closed."""


class Frame(NamedTuple):
    """One message."""

    form: bytes
    body: bytearray


def send(pipe: int, form: bytes, body: bytes) -> None:
    """Write a frame in whole. Raises OSError."""
    _write(pipe, _HEAD.pack(form, len(body)))
    _write(pipe, body)


def receive(pipe: int) -> Frame:
    """Read a frame in whole. Raises Ended, and OSError."""
    form, size = _HEAD.unpack(_exactly(pipe, _HEAD.size))
    return Frame(form, _exactly(pipe, size))


def _write(pipe: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(pipe, left[:_PIECE]) :]


def _exactly(pipe: int, size: int) -> bytearray:
    buffer = bytearray(size)
    left = memoryview(buffer)
    while left:
        count = os.readv(pipe, [left[:_PIECE]])
        if count == 0:
            raise Ended
        left = left[count:]
    return buffer
