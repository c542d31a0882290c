"""What makes two calls one: the key under which a verdict is kept (promise 10)."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from judges.request import Request

_ENCODER = msgspec.msgpack.Encoder(order="sorted")


def call_key(judge: bytes, request: Request, course: Sequence[str] = ()) -> bytes:
    """32 bytes for everything that can change the verdict. Raises UnicodeEncodeError for lone surrogates.

    `judge` stands for what the request does not say: model, sampling, template, rubric. `course` stands for
    the calls that go before or after it, and what is made of them. MessagePack writes
    the length before each part, so no two different calls read the same. `Request.id` names, and changes
    nothing; which replica is asked is no part of the question either.
    """
    prompt = request.prompt
    parts: tuple[object, ...] = (
        judge,
        prompt.shared.digest,
        prompt.question,
        request.choices,
        request.form,
        request.max_tokens,
        request.sample,
        request.follow_up,
    )
    if course or request.menus:
        parts += (course, request.menus)
    return blake2b(_ENCODER.encode(parts), digest_size=32, person=b"gavel call 1").digest()


def member_key(sheet: bytes, number: str) -> bytes:
    """32 bytes for one of the statements that the call `sheet` asks together."""
    return blake2b(number.encode(), digest_size=32, key=sheet, person=b"gavel member 1").digest()
