"""A group whose rollouts come in several requests: who is there, and who is waited for."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from reward_server.engine.comparison import Gaps, Part, compare, united
from reward_server.engine.deposits import Deposits
from reward_server.engine.fingerprint import Fingerprint
from reward_server.engine.share import Prints
from reward_server.reward.reward_function import RewardFunction
from rubrics.outcome import Outcome

Ended = Callable[["Gathering"], None]


class Conflict(Exception):
    """A rollout that cannot belong to the group it names: what was found, and what to do."""

    def __init__(self, rollout: str, message: str) -> None:
        super().__init__(message)
        self.rollout = rollout
        self.message = message
        self.hint = "a group's id must be new for each step, and a rollout's id new in its group"


class Gathering:
    """One group on its way, whole when `size` rollouts have arrived.

    A relative column is compared as soon as every member has deposited its part there. A member counts
    although its client has left, unless it still had something to deposit: then it has to come again.
    """

    def __init__(self, function: RewardFunction, group: str, size: int, ended: Ended) -> None:
        self.reward = function.name
        self.size = size
        self.incomplete = False
        """Whether it was cut short."""
        self.failed = False
        """Whether it was given up, so that it has no results to keep."""
        self.columns: Mapping[str, Deposits[Part, Mapping[str, Outcome]]] = {
            column.name: Deposits(partial(compare, column.component, group), self._settle)
            for column in function.columns
            if column.component.relative
        }
        self.gaps: Deposits[Gaps, Gaps] | None = None
        if function.on_unscored == "renormalise_group":
            self.gaps = Deposits(united, self._settle)
        self.options = function.source.groups
        self._ended = ended
        self._members: dict[str, Fingerprint] = {}
        self._attending: Counter[str] = Counter()
        self._ends_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def arrived(self) -> int:
        """How many of its rollouts are there."""
        return len(self._members)

    @property
    def closed(self) -> bool:
        """Whether nobody else is waited for."""
        return self.incomplete or self.arrived == self.size

    @property
    def settled(self) -> bool:
        """Whether everything that it was gathered for is done."""
        return all(deposits.done for deposits in self._everything)

    @property
    def _everything(self) -> Sequence[Deposits[Any, Any]]:
        return [*self.columns.values(), *([] if self.gaps is None else [self.gaps])]

    def knows(self, name: str) -> bool:
        """Whether a rollout of this id is there."""
        return name in self._members

    def admits(self, prints: Prints, size: int) -> bool:
        """Whether rollouts belong to this group; if not, theirs is a new one of the same name.

        Raises Conflict where they neither belong to it nor can replace it, because somebody is waiting.
        """
        problem = self._problem(prints, size)
        if problem is None:
            return not self.settled or self.incomplete or prints.keys() <= self._members.keys()
        if self.settled or not self._attending:
            return False
        raise problem

    def _problem(self, prints: Prints, size: int) -> Conflict | None:
        first = next(iter(prints))
        if size != self.size:
            return Conflict(first, f"its group has {size} rollouts here, and {self.size} in another request")
        for name, found in prints.items():
            if self._members.get(name, found) != found:
                message = "a rollout with this id and other content is in the group, which is not scored yet"
                return Conflict(name, message)
        new = [name for name in prints if name not in self._members]
        if self.arrived + len(new) > self.size:
            return Conflict(new[0], f"the group has its {self.size} rollouts already, and this is another")
        return None

    def attend(self, prints: Prints, ends_at: float) -> None:
        """Let rollouts in that were admitted. Those that come when it is cut short are not compared."""
        if not self.incomplete:
            self._members |= prints
        self._attending.update(prints.keys())
        self._ends_at = max(self._ends_at, ends_at)
        self._wait()
        self.advance()

    def leave(self, names: Collection[str]) -> None:
        """Let rollouts go whose request has ended."""
        self._attending -= Counter(names)
        for name in names:
            if not self._attending[name] and not all(d.holds([name]) for d in self._everything):
                self._forget(name)
        if self._is_abandoned():
            self.give_up()
        self._wait()
        self.advance()

    def _forget(self, name: str) -> None:
        self._members.pop(name, None)
        for deposits in self._everything:
            deposits.withdraw(name)

    def _is_abandoned(self) -> bool:
        under_way = any(deposits.under_way for deposits in self._everything)
        return not self._attending and (under_way or not self._members)

    def advance(self) -> None:
        """Begin what has everything it needs."""
        if self.closed:
            for deposits in self._everything:
                if deposits.holds(self._members):
                    deposits.start(self._ends_at)

    def cut(self) -> None:
        """Wait for nobody else."""
        self._stop_waiting()
        if self.closed:
            return
        self.incomplete = True
        if self.options.partial == "score":
            self.advance()
        else:
            self.give_up(begun=False)

    def give_up(self, *, begun: bool = True) -> None:
        """Leave undone what is not done; with `begun`, also what is under way."""
        self.failed = True
        for deposits in self._everything:
            if begun or not deposits.under_way:
                deposits.give_up()

    def _wait(self) -> None:
        if self._timer is None and not self.closed:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self.options.wait_s, self.cut)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _settle(self) -> None:
        if self.settled:
            self._stop_waiting()
            self._ended(self)
