"""An OpenAI-compatible backend in front of an endpoint made of bytes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from judges.backend import Backend
from judges.backends.openai import Openai
from judges.request import Prompt, Request, Shared
from tests.judges.raw_server import Behaviour, RawServer, raw_server

PROMPT = "the policy, the post and the reasoning of a rollout, which no log or error should ever quote"
QUESTION = '\nCriterion: it says "so".'
REQUEST = Request(Prompt(Shared("be \u00fcber strict", PROMPT), QUESTION), ("yes", "no"))


def asking(text: str) -> Request:
    """A request whose evidence is `text`."""
    return msgspec.structs.replace(REQUEST, prompt=Prompt(Shared("", text), ""))


def options(base_url: str | list[str], **other: object) -> Openai:
    return Openai.model_validate({"base_url": base_url, "model": "judge-8b", **other})


@asynccontextmanager
async def endpoint(behave: Behaviour, **other: object) -> AsyncIterator[tuple[RawServer, Backend]]:
    async with raw_server(behave) as server:
        backend = options(server.base_url, **other).open()
        try:
            yield server, backend
        finally:
            await backend.aclose()
