"""How the calls of one phase are started: closed, open, or all at once."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Generic

from reward_server.load.call import Arrival, Ask
from reward_server.load.recorder import Recorder

TOGETHER = 16
"""Calls that a loop which is late starts before it looks at what has come back."""
ROOM_S = 0.001


class Shapes(Generic[Ask]):
    """Starts calls. What it has started is in `tasks`."""

    def __init__(self, recorder: Recorder[Ask], work: Callable[[], Arrival[Ask]], most: int) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.held_back = 0
        """Arrivals of an open load that had to wait until there were fewer than `most` calls under way."""
        self._recorder = recorder
        self._work = work
        self._most = most
        self._error: BaseException | None = None

    def closed(self, load: int, end: float) -> None:
        """Keep `load` calls under way until `end`; a rollout that was begun by then is still finished."""
        recorder = self._recorder
        clients = len(recorder.clients)
        queues = [self._until(end) for _ in range(clients)]

        async def worker(client: int) -> None:
            for arrival, ask in queues[client]:
                await recorder.ask(arrival, ask, recorder.now(), client)

        for number in range(load):
            self._start(worker(number % clients))

    async def open(self, times: Sequence[float], start: float) -> None:
        """Start what is due, whatever has become of what was started before."""
        recorder = self._recorder
        for number, at in enumerate(times):
            wait = start + at - recorder.now()
            if wait > 0:
                await asyncio.sleep(wait)
            elif number % TOGETHER == 0:
                await asyncio.sleep(0)
            if len(self.tasks) >= self._most:
                await self._room()
            self._send(self._work(), start + at)

    def burst(self, rollouts: int, in_flight: int | None) -> None:
        """Start so many rollouts at once, or as soon as fewer than `in_flight` calls are under way."""
        arrivals = self._taken(rollouts)
        due = self._recorder.now()
        if in_flight is None:
            for arrival in arrivals:
                self._send(arrival, due)
            return
        asks = ((arrival, ask) for arrival in arrivals for ask in arrival.asks)
        for _ in range(in_flight):
            self._start(self._in_turn(asks, due))

    async def finish(self, seconds: float | None) -> None:
        """Wait for what was started; cut off what takes longer. Raises what a call raised."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=seconds)
        await self.cut()
        if self._error is not None:
            raise self._error

    async def cut(self) -> None:
        """Cut off every call under way."""
        cut = list(self.tasks)
        for task in cut:
            task.cancel()
        if cut:
            await asyncio.wait(cut)

    def _until(self, end: float) -> Iterator[tuple[Arrival[Ask], Ask]]:
        while self._recorder.now() < end:
            arrival = self._work()
            for ask in arrival.asks:
                yield arrival, ask

    def _taken(self, rollouts: int) -> list[Arrival[Ask]]:
        found, taken = 0, []
        while found < rollouts:
            taken.append(self._work())
            found += taken[-1].rollouts
        return taken

    def _send(self, arrival: Arrival[Ask], due: float) -> None:
        client = arrival.group % len(self._recorder.clients)
        for ask in arrival.asks:
            self._start(self._recorder.ask(arrival, ask, due, client))

    async def _in_turn(self, asks: Iterator[tuple[Arrival[Ask], Ask]], due: float) -> None:
        recorder = self._recorder
        for arrival, ask in asks:
            await recorder.ask(arrival, ask, due, arrival.group % len(recorder.clients))

    async def _room(self) -> None:
        self.held_back += 1
        while len(self.tasks) >= self._most:  # noqa: ASYNC110 - an event would cost every call something
            await asyncio.sleep(ROOM_S)

    def _start(self, call: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(call)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            self._error = self._error or task.exception()
