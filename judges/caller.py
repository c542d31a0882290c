"""On whose behalf a judge is asked: one reward request, its deadline, and where its time went.

Judges are fair between callers, so one big batch does not keep a small one waiting.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from itertools import count

import msgspec

from judges import clock
from judges.call import Call
from judges.deadline import ends_at

GROUPS = 100_000
"""Groups of one caller whose places are remembered: one who never leaves must not fill the memory."""


YIELDED_S = 0.05
"""By so much each call of a caller makes its next one less urgent."""
BEHIND = 1_000_000
"""More calls than one caller ever has in flight."""
NOT_ASKED = "not asked"
"""Why a question beyond an allowance has no answer."""
NO_DEADLINE_S = 300.0
"""A caller without a deadline is as urgent as one with this."""


class Tally(msgspec.Struct):
    """What a caller's questions cost. Seconds are sums over questions, which overlap in time."""

    questions: int = 0
    cached: int = 0
    """Answered by the verdict cache."""
    joined: int = 0
    """Answered together with an identical question in flight."""
    calls: int = 0
    """Attempts made, retries and hedges included."""
    retried: int = 0
    hedged: int = 0
    queue_s: float = 0.0
    """Waiting for a replica."""
    render_s: float = 0.0
    """Writing prompts and looking up their keys."""
    judge_s: float = 0.0
    """From sending a call to the end of its reply."""
    parse_s: float = 0.0
    """Reading verdicts out of replies."""


class Caller:
    """One reward request, as the judges see it.

    Its rollouts are taken up one after the other, as the line of calls at the judges gets shorter: prompts
    are written when they are needed, groups in their order, and a deadline has few calls to take back.
    """

    __slots__ = (
        "_allowance",
        "_groups",
        "_most",
        "_next",
        "_places",
        "behind",
        "calls",
        "refused",
        "tally",
        "urgency",
        "waiting",
    )

    def __init__(self, deadline: float, allowance: int | None = None) -> None:
        """With an `allowance` it asks so many questions at most, and only where no other caller waits."""
        self._allowance = allowance
        self.refused = 0
        """Questions beyond its allowance."""
        self.behind = 0 if allowance is None else BEHIND
        """So many calls it counts as having in flight."""
        self.urgency = min(deadline, clock.now() + NO_DEADLINE_S)
        """When it should be answered, on the monotonic clock; every call that it is granted puts that off, so
        that of many callers for few slots each gets on."""
        self.tally = Tally()
        self.calls: list[Call] | None = None
        """What was done for each question, in order of its end; None where nobody keeps that."""
        self.waiting = 0
        """Its calls in line."""
        self._groups: dict[bytes, int] = {}
        self._places = count()
        self._next: deque[asyncio.Future[None]] = deque()
        self._most = 0

    @asynccontextmanager
    async def taking_up(self, most: int) -> AsyncIterator[None]:
        """Stand around the judging of one rollout: begin it when fewer than `most` calls are in line."""
        self._most = most
        if self.waiting >= most or self._next:
            await self._turn()
        try:
            yield
        finally:
            self._go_on()

    def may_ask(self) -> bool:
        """Whether one more question is allowed; counts it."""
        if self._allowance is None:
            return True
        allowed = self._allowance > 0
        self._allowance -= allowed
        self.refused += not allowed
        return allowed

    def granted(self) -> None:
        """Count a call that begins."""
        self.urgency += YIELDED_S

    def joined_line(self) -> None:
        """Count a call that gets in line."""
        self.waiting += 1

    def left_line(self) -> None:
        """Count a call that was granted, or gave up."""
        self.waiting -= 1
        self._go_on()

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._next.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._go_on()
            raise

    def _go_on(self) -> None:
        """Take up the next rollout where there is room. Each that is taken up calls this in its turn."""
        while self._next and self.waiting < self._most:
            turn = self._next.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def turn(self, route: bytes) -> int:
        """The place of a group among this caller's: earlier groups are finished first."""
        place = self._groups.get(route)
        if place is None:
            if len(self._groups) >= GROUPS:
                self._groups.clear()
            place = self._groups[route] = next(self._places)
        return place


_CURRENT: ContextVar[Caller | None] = ContextVar("caller", default=None)


@contextmanager
def calling(allowance: int | None = None) -> Iterator[Caller]:
    """Ask judges in the body as one caller, under the current deadline."""
    caller = Caller(ends_at(), allowance)
    token = _CURRENT.set(caller)
    try:
        yield caller
    finally:
        _CURRENT.reset(token)


def current() -> Caller | None:
    """The caller on whose behalf we run; None outside of `calling`."""
    return _CURRENT.get()
