"""A reading as bytes, sealed for one key.

A key has two halves. The first names the entry, and a store sees it; the second seals the entry, and no
store ever does. So a store can lose entries, mix them up or damage them, all of which the seal betrays,
but it cannot make one: that takes the whole question. What is kept are digests, the words of the choices
and their probabilities; of a text or prompt, nothing.
"""

from hashlib import blake2b

import msgspec

from rubrics.verdict import Reading

LONGEST = 4096
"""Bytes; a longer entry is neither stored nor read."""

_NAME, _SEAL = 16, 16


class _Body(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    choices: tuple[str, ...]
    chances: tuple[float, ...]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Body)


def name_of(key: bytes) -> bytes:
    """16 bytes under which a store keeps the entry."""
    return key[:_NAME]


def seal(key: bytes, reading: Reading) -> bytes | None:
    """The entry; None where it cannot be one: too long, or not text."""
    choices = reading.choices
    try:
        body = _ENCODER.encode(_Body(tuple(choices), tuple(choices.values())))
    except UnicodeEncodeError:
        return None
    return _seal(key, body) + body if _SEAL + len(body) <= LONGEST else None


def unseal(key: bytes, entry: bytes) -> Reading | None:
    """The reading; None unless the entry is whole and was sealed for this key."""
    if not _SEAL < len(entry) <= LONGEST:
        return None
    body = entry[_SEAL:]
    if entry[:_SEAL] != _seal(key, body):
        return None
    return _reading(body)


def _seal(key: bytes, body: bytes) -> bytes:
    return blake2b(body, digest_size=_SEAL, key=key[_NAME:], person=b"gavel verdict 1").digest()


def _reading(body: bytes) -> Reading | None:
    try:
        entry = _DECODER.decode(body)
        choices = dict(zip(entry.choices, entry.chances, strict=True))
        return Reading(choices) if len(choices) == len(entry.choices) else None
    except (ValueError, msgspec.MsgspecError):
        return None
