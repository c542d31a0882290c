"""Work for a client who may leave: when the connection closes, the work is cancelled (promise 13)."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from starlette.types import Message, Receive

from reward_server.wire.status import RequestError

Done = TypeVar("Done")


async def unless_disconnected(receive: Receive, work: Coroutine[object, object, Done]) -> Done:
    """Return the result of `work`. The body must have been read: what comes next is the disconnect.

    Raises RequestError when the client leaves first.
    """
    task = asyncio.create_task(work)
    watcher = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait((task, watcher), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise RequestError("client_closed", "the client left")
    finally:
        await _cancel(watcher)
        await _cancel(task)


async def _gone(receive: Receive) -> None:
    message: Message = {}
    while message.get("type") != "http.disconnect":
        message = await receive()


async def _cancel(task: "asyncio.Task[Done]") -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait((task,))
