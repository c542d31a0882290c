"""A reward server with a bug: it raises, quoting the completion in its message and in its variables."""

import sys
from pathlib import Path

from judges.listening import listen
from reward_server.http.app import make_app
from reward_server.http.server import run
from reward_server.limits import Limits
from reward_server.loading import load_reward
from reward_server.logs import configure
from reward_server.metrics import Metrics
from reward_server.service import Service
from reward_server.wire import RewardRequest, RewardResponse


class Buggy(Service):
    """Never scores anything."""

    async def score(self, request: RewardRequest) -> RewardResponse:
        text = str(request.rollouts[0].completion)
        raise RuntimeError(text)


if __name__ == "__main__":
    configure("info")
    functions = {"test": load_reward(Path(sys.argv[1]))}
    sys.exit(run(make_app(Buggy(functions, Limits()), Metrics()), "127.0.0.1", listen("127.0.0.1", 0)))
