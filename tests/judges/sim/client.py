"""The simulated judge as an aiohttp client sees it."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp

from tests.processes import ServerProcess

QUOTING = (
    "<data-completion-ab12>\nThe post quotes clause seven.\n</data-completion-ab12>\n"
    "Are there quotes of clause seven?\nAnswer with exactly one of: yes, no."
)
"""Q = {quotes, clause, seven}, all in the evidence: overlap 1, so yes."""

Json = dict[str, Any]


def chat_body(question: str = QUOTING, **fields: object) -> Json:
    return {
        "model": "any",
        "messages": [{"role": "user", "content": question}],
        "max_tokens": 1,
        "logprobs": True,
        "top_logprobs": 20,
        **fields,
    }


async def post_chat(server: ServerProcess, body: Json, call_id: str | None = None) -> Json:
    headers = {"X-Request-Id": call_id} if call_id else {}
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.post(f"{server.base_url}/chat/completions", json=body, headers=headers) as response,
    ):
        reply: Json = await response.json()
        return reply


async def state(server: ServerProcess) -> Json:
    async with aiohttp.ClientSession() as session, session.get(f"{server.root_url}/sim") as response:
        answer: Json = await response.json()
        return answer


async def counters_when(server: ServerProcess, ready: Callable[[Json], bool]) -> Json:
    """The counters as soon as `ready` holds for them; a TimeoutError if it never does."""
    async with asyncio.timeout(10):
        while not ready(counters := (await state(server))["counters"]):
            pass
    found: Json = counters
    return found


async def switch_faults(server: ServerProcess, spec: str) -> None:
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.post(f"{server.root_url}/sim/faults", json={"fault": spec}),
    ):
        pass
