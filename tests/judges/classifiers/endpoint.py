"""A vLLM classifier in front of an endpoint made of bytes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from judges.classifiers.backends.vllm import Vllm
from judges.classifiers.classifier import Classifier, opened
from tests.judges.raw_server import Behaviour, RawServer, Received, raw_server, response


def answer(received: Received, *logits: float) -> bytes:
    """What vLLM says to this request."""
    if received.target.endswith("/score"):
        data: dict[str, object] = {"index": 0, "object": "score", "score": logits[0]}
    else:
        data = {"index": 0, "label": "LABEL_0", "probs": list(logits), "num_classes": len(logits)}
    return json.dumps({"id": f"classify-{received.id}", "model": "rm", "data": [data]}).encode()


def says(*logits: float) -> Behaviour:
    """Answer every request with these logits."""

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(response(answer(received, *logits)))

    return behave


def options(base_url: str, **other: object) -> Vllm:
    given = {"base_url": base_url, "model": "rm", "api_key_env": None, "attempts": 1}
    return Vllm.model_validate({**given, **other})


@asynccontextmanager
async def endpoint(behave: Behaviour, **other: object) -> AsyncIterator[tuple[RawServer, Classifier]]:
    async with raw_server(behave) as server:
        classifier = opened(options(server.base_url, **other))
        try:
            yield server, classifier
        finally:
            await classifier.aclose()
