"""What makes two calls one: the key under which a verdict is kept (promise 10)."""

from hashlib import blake2b

import msgspec

from judges.request import Request

_ENCODER = msgspec.msgpack.Encoder(order="sorted")


def call_key(judge: bytes, request: Request) -> bytes:
    """32 bytes for everything that can change the verdict. Raises UnicodeEncodeError for lone surrogates.

    `judge` stands for what the request does not say: model, sampling, template, rubric. MessagePack writes
    the length before each part, so no two different calls read the same. `Request.id` names, and changes
    nothing; which replica is asked is no part of the question either.
    """
    prompt = request.prompt
    parts = (
        judge,
        prompt.shared.digest,
        prompt.question,
        request.choices,
        request.form,
        request.max_tokens,
        request.sample,
        request.follow_up,
    )
    return blake2b(_ENCODER.encode(parts), digest_size=32, person=b"gavel call 1").digest()
