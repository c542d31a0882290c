"""One random schedule: a fleet, callers who come, wait and leave, and what may not happen to them."""

import asyncio
import math
from collections import Counter
from random import Random
from typing import Any, NamedTuple

from judges.backend import Endpoints
from judges.cache.memory import Memory
from judges.caller import Caller, calling
from judges.deadline import within
from judges.engine.job import FleetOptions
from judges.judge import Judge
from judges.observer import Unobserved
from judges.request import Prompt, Shared
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading
from tests.judges.simulation.network import MOODS, Machine, Spell, chance

TIMEOUT_S = 5.0
LATE_S = 0.25
LAST_S = 40.0
"""All spells are over by then, and everybody's name is known."""
RECOVERY_S = 30.0
TRICKLE_S = 3.0
WAVES, WAVE = 3, 10
"""What is asked in the end: so few at once that a judge with few slots bears them."""
LARGE, SMALL = 6, 3
"""Most groups of a batch, and most rollouts of a group. One schedule in eight is large."""


class Visit(NamedTuple):
    """One caller's batch."""

    arrives: float
    deadline_s: float
    leaves: float
    groups: int
    rollouts: int
    criteria: int


class World(Unobserved):
    """Everything that the seed decides. It also observes the judge."""

    def __init__(self, seed: int) -> None:
        random = self._random = Random(seed)
        seconds = random.choice([0.01, 0.05, 0.2, 1.0])
        self.machines = {
            f"replica-{number}": Machine(
                random, seconds * random.uniform(0.8, 1.4), self._spells(), self._away(number)
            )
            for number in range(random.randint(1, 5))
        }
        self.options = FleetOptions(
            ceiling=random.choice([None, None, 2, 32]),
            requests_per_minute=random.choice([None, None, None, 1200]),
            max_waiting=random.choice([200_000, 200_000, 2 * WAVE]),
        )
        self._most = random.choice([SMALL] * 7 + [LARGE])
        self.visits = [self._visit() for _ in range(random.randint(1, 6))]
        self.judge = Judge(
            self._known(),
            limits=self.options,
            timeout_s=TIMEOUT_S,
            cache=random.choice([None, Memory(2**20, math.inf)]),
            retries=Retries(random=random.random),
            observer=self,
            discover=self._discover,
        )
        self.outcomes: Counter[str] = Counter()
        self.callers: list[Caller] = []
        self.wrong: list[str] = []

    def _spells(self) -> list[Spell]:
        if self._random.random() < 0.4:
            return []
        begins = self._random.uniform(0, 20)
        return [Spell(self._random.choice(MOODS), begins, self._random.uniform(begins, LAST_S))]

    def _away(self, number: int) -> Spell | None:
        if number == 0 or self._random.random() < 0.8:
            return None
        begins = self._random.choice([0.0, self._random.uniform(0, 20)])
        return Spell("well", begins, self._random.uniform(begins, LAST_S))

    def _visit(self) -> Visit:
        random = self._random
        deadline_s = random.choice([math.inf, random.uniform(0.1, 20.0)])
        leaves = random.uniform(0, 15) if random.random() < 0.2 else math.inf
        shape = (random.randint(1, self._most), random.randint(1, self._most), random.randint(1, 5))
        return Visit(random.uniform(0, 25), deadline_s, leaves, *shape)

    def _known(self) -> Endpoints:
        return {name: machine.open for name, machine in self.machines.items() if machine.known}

    async def _discover(self) -> Endpoints | None:
        return self._known()

    # -- what happens --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Let everybody come and go, then see whether the fleet has recovered."""
        asyncio.get_running_loop().set_exception_handler(self._unhandled)
        await asyncio.gather(*(self._come(number, visit) for number, visit in enumerate(self.visits)))
        await asyncio.sleep(LAST_S - self.machines["replica-0"].now)
        await self._recover()
        await self.judge.aclose()
        self._check_rest()

    async def _come(self, number: int, visit: Visit) -> None:
        await asyncio.sleep(visit.arrives)
        work = asyncio.ensure_future(self._batch(number, visit))
        done, _ = await asyncio.wait([work], timeout=None if math.isinf(visit.leaves) else visit.leaves)
        if not done:
            work.cancel()
            await asyncio.wait([work])
            self.outcomes["left"] += 1
        else:
            await work

    async def _batch(self, number: int, visit: Visit) -> None:
        started = asyncio.get_running_loop().time()
        with within(visit.deadline_s), calling() as caller:
            self.callers.append(caller)
            await asyncio.gather(*(self._ask(prompt) for prompt in self._prompts(number, visit)))
        took = asyncio.get_running_loop().time() - started
        assert took <= visit.deadline_s + LATE_S, f"{took:.3f} s under a deadline of {visit.deadline_s:.3f} s"

    def _prompts(self, number: int, visit: Visit) -> list[Prompt]:
        owner = self._random.choice([number, 0])  # some ask the very questions of another
        return [
            Prompt(shared, f"c{criterion}")
            for group in range(visit.groups)
            for rollout in range(visit.rollouts)
            for shared in [Shared("rules", f"{owner}/{group}/{rollout}\n", f"{owner}/{group}".encode())]
            for criterion in range(visit.criteria)
        ]

    async def _ask(self, prompt: Prompt) -> None:
        outcome = await self.judge.ask(prompt, ("yes", "no"))
        if isinstance(outcome, Unscored):
            assert outcome.cause in _POSSIBLE, outcome
            self.outcomes[outcome.cause] += 1
            return
        assert isinstance(outcome, Reading)
        right = chance(prompt.shared.evidence + prompt.question)
        assert abs(outcome.choices["yes"] - right) < 1e-9, "a verdict on another text"
        self.outcomes["verdict"] += 1

    # -- what is noticed, and told in the end --------------------------------------------------------

    def _unhandled(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.wrong.append(f"{context['message']}: {context.get('exception')!r}")

    def ejected(self, replica: str, why: str) -> None:
        out = Counter(status.state for status in self.judge.status().replicas)
        if out["ejected"] > out.total() // 2:
            self.wrong.append(f"{replica} was ejected as {why}, and more than half are out: {out}")

    # -- afterwards ----------------------------------------------------------------------------------

    async def _recover(self) -> None:
        """Some traffic for half a minute; then everything is asked once more, of everybody."""
        for second in range(int(RECOVERY_S / TRICKLE_S)):
            await self._ask(Prompt(Shared("rules", f"trickle {second}\n", b"%d" % second), "c"))
            await asyncio.sleep(TRICKLE_S)
        states = {replica.name: (replica.state, replica.reason) for replica in self.judge.status().replicas}
        assert states == dict.fromkeys(self.machines, ("healthy", None)), states
        before = self.outcomes.copy()
        for wave in range(WAVES):
            prompts = [Prompt(Shared("rules", f"last {wave}\n"), f"c{n}") for n in range(WAVE)]
            await asyncio.gather(*map(self._ask, prompts))
        assert self.outcomes - before == Counter(verdict=WAVES * WAVE)

    def _check_rest(self) -> None:
        assert not self.wrong, self.wrong
        status = self.judge.status()
        assert status.waiting == 0
        assert [replica.in_flight for replica in status.replicas] == [0] * len(self.machines)
        for name, machine in self.machines.items():
            assert machine.held == 0, f"{name} still holds {machine.held} calls"
            ceiling = self.options.ceiling
            assert ceiling is None or machine.most_held <= ceiling + _CANARIES, machine.most_held
        calls = sum(caller.tally.calls for caller in self.callers)
        assert sum(caller.tally.hedged for caller in self.callers) <= 0.05 * calls + _EARNED_BY_OTHERS


_CANARIES = 1
"""A canary is no call, and comes on top of the ceiling."""
_EARNED_BY_OTHERS = 0.05 * 2 * (RECOVERY_S / TRICKLE_S + WAVES * WAVE)

_POSSIBLE = {
    Cause.DEADLINE,
    Cause.JUDGE_UNREACHABLE,
    Cause.JUDGE_RATE_LIMITED,
    Cause.JUDGE_OVERLOADED,
    Cause.JUDGE_ERROR,
    Cause.JUDGE_TIMEOUT,
    Cause.JUDGE_GARBLED,
    Cause.CONTENT_BREAKS_JUDGE,
}
