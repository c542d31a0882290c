"""Makes calls and writes down what became of them."""

import asyncio
from collections.abc import Sequence
from typing import Generic

from judges import clock
from reward_server.load.call import Answer, Arrival, Ask, Client
from reward_server.load.record import Record
from rubrics.cause import Cause


class Recorder(Generic[Ask]):
    """What the calls of a run have in common: its clock, its clients, its records."""

    def __init__(self, clients: Sequence[Client[Ask]]) -> None:
        self.clients = clients
        self.records: list[Record] = []
        """In the order in which calls ended."""
        self.recording = True
        """Whether calls that end now are written down."""
        self.phase = 0
        self.in_flight = 0
        self.rollouts = 0
        """Rollouts whose every call has ended."""
        self.failures = 0
        self.cut = Cause.DEADLINE
        """What becomes of calls that are cancelled."""
        self._began = clock.now()

    def now(self) -> float:
        """Seconds since the run began."""
        return clock.now() - self._began

    async def ask(self, arrival: Arrival[Ask], ask: Ask, due: float, client: int) -> None:
        """Make a call, and those that its answer asks for."""
        send = self.clients[client].send
        following: Ask | None = ask
        while following is not None:
            sent = clock.now() - self._began
            self.in_flight += 1
            try:
                answer = await send(following)
            except asyncio.CancelledError:
                self._put(arrival, Answer(cause=self.cut, unscored=arrival.rollouts), due, sent, client)
                raise
            finally:
                self.in_flight -= 1
            self._put(arrival, answer, due, sent, client)
            following, due = answer.then, self.now()
        arrival.left -= 1
        if arrival.left == 0:
            self.rollouts += arrival.rollouts

    def _put(self, to: Arrival[Ask], answer: Answer[Ask], due: float, sent: float, client: int) -> None:
        if not self.recording:
            return
        self.failures += answer.cause is not None
        self.records.append(
            Record(
                due,
                sent,
                clock.now() - self._began,
                to.rollout,
                to.group,
                self.phase,
                client,
                to.rollouts,
                answer.verdicts,
                answer.cause,
                answer.prompt_tokens,
                answer.cached_tokens,
                answer.completion_tokens,
                answer.server_s,
                answer.judge_s,
                answer.unscored,
            )
        )
