"""A reward server with bugs: it raises, also in a task that nobody looks at, and quotes the completion."""

import asyncio
import gc
import sys
from pathlib import Path

from judges.listening import listen
from reward_server.http.app import make_app
from reward_server.http.server import run
from reward_server.limits import Limits
from reward_server.logs import configure
from reward_server.metrics.metrics import Metrics
from reward_server.reward.loading import load_reward
from reward_server.service import Service
from reward_server.wire.native import RewardRequest, RewardResponse
from reward_server.wire.origin import UNKNOWN, Origin


class Buggy(Service):
    """Never scores anything."""

    async def score(self, request: RewardRequest, origin: Origin = UNKNOWN) -> RewardResponse:  # noqa: ARG002
        text = str(request.rollouts[0].completion)
        asyncio.get_running_loop().call_soon(_forget, text)
        raise RuntimeError(text)


def _forget(text: str) -> None:
    asyncio.ensure_future(_fail(text))  # noqa: RUF006 - the bug
    asyncio.get_running_loop().call_later(0.05, gc.collect)  # until then nobody knows of it


async def _fail(text: str) -> None:
    raise KeyError(text)


if __name__ == "__main__":
    configure("info")
    functions = {"test": load_reward(Path(sys.argv[1]))}
    sys.exit(run(make_app(Buggy(functions, Limits()), Metrics()), "127.0.0.1", listen("127.0.0.1", 0)))
