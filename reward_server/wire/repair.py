"""Text that is not Unicode: lone surrogates and invalid UTF-8.

A policy can produce both, by a token cut in half or on purpose. Each is replaced by U+FFFD, so that one
hostile rollout cannot fail its siblings.
"""

import re

from rubrics.rollout import Json

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPES = re.compile(
    rb"(?<!\\)((?:\\\\)*+)"  # pairs of backslashes, so that the next one starts an escape
    rb"(?:(\\u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2})|\\u[Dd][89A-Fa-f][0-9A-Fa-f]{2})"
)


def mended(body: bytes) -> bytes:
    """JSON with each invalid byte sequence and each escape of a lone surrogate replaced. Linear."""
    return _SURROGATE_ESCAPES.sub(_mend, body.decode(errors="replace").encode())


def _mend(found: re.Match[bytes]) -> bytes:
    backslashes, pair = found.groups()
    return backslashes + (pair or rb"\ufffd")


def repaired(value: Json) -> Json:
    """`value` with each lone surrogate in its strings replaced."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list | tuple):
        return [repaired(item) for item in value]
    if isinstance(value, dict):
        return {_LONE_SURROGATE.sub("\ufffd", key): repaired(member) for key, member in value.items()}
    return value
