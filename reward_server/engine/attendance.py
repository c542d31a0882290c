"""One request's part in the gathering of a group."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from reward_server.engine.comparison import Gaps, Part
from reward_server.engine.deposits import Deposits
from reward_server.engine.gathering import Gathering
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Group, Rollout

Deposited = TypeVar("Deposited")


class Attendance:
    """Deposits what a request's rollouts bring, and waits for what comes of the whole group."""

    def __init__(self, gathering: Gathering, group: Group) -> None:
        self._gathering = gathering
        self._names = [rollout.id for rollout in group]
        self._deposit_refused(group)

    def _deposit_refused(self, group: Group) -> None:
        for rollout in group:
            if rollout.refused is not None:
                for column in self._gathering.columns.values():
                    column.put(rollout.id, rollout.refused)
                if self._gathering.gaps is not None:
                    self._gathering.gaps.put(rollout.id, frozenset())
        self._gathering.advance()

    async def compare(self, column: str, parts: Mapping[str, Part]) -> Mapping[str, Outcome]:
        """The outcomes of rollouts in a relative column, once the whole group is there."""
        deposits = self._gathering.columns[column]
        self._put(deposits, parts)
        outcomes = await deposits.result() or {}
        return {name: outcomes.get(name) or self._left_out(part) for name, part in parts.items()}

    async def agree(self, gaps: Gaps) -> Gaps | Unscored:
        """The columns that any rollout of the whole group lacks, where these lack `gaps`."""
        deposits = self._gathering.gaps
        assert deposits is not None, "only a function that renormalises has gaps to agree on"
        self._put(deposits, dict.fromkeys(self._names, gaps))
        united = await deposits.result()
        return united if united is not None and deposits.holds(self._names) else self.incomplete()

    def conclude(self, names: Sequence[str], columns: Mapping[str, Sequence[Outcome]], gaps: Gaps) -> None:
        """Deposit what has not been: the request is answered, and its rollouts shall keep nobody waiting."""
        for column, deposits in self._gathering.columns.items():
            self._put(deposits, dict(zip(names, columns[column], strict=True)))
        if self._gathering.gaps is not None:
            self._put(self._gathering.gaps, dict.fromkeys(names, gaps))

    def leave(self) -> None:
        """Wait no longer. What was not deposited has to come again."""
        self._gathering.leave(self._names)

    def incomplete(self) -> Unscored:
        """The outcome of a rollout that was not compared."""
        return Unscored(Cause.GROUP_INCOMPLETE, f"{self.told} within {self._gathering.options.wait_s:g} s")

    @property
    def told(self) -> str:
        """How far the group has come, in words."""
        return f"{self._gathering.arrived} of the {self._gathering.size} rollouts of its group arrived"

    def _left_out(self, part: Part) -> Outcome:
        return self.incomplete() if isinstance(part, Rollout) else part

    def _put(self, deposits: Deposits[Deposited, Any], parts: Mapping[str, Deposited]) -> None:
        for name, part in parts.items():
            deposits.put(name, part)
        self._gathering.advance()
