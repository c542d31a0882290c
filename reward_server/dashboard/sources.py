"""Where pages read from: the rollout store, and the server that is running, if any."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from judges.judge_status import JudgeStatus
from reward_server.alarms.alarm import Alarm
from reward_server.alarms.table import alarms_of
from reward_server.history.statistics import History
from reward_server.history.steps import history
from reward_server.reward.reward_function import RewardFunction
from reward_server.store.database import StoreError
from reward_server.store.reading import Run, Store

NO_STORE = "this server keeps no rollouts: it was started with `--store none`"
NOTHING_YET = "no rollout has been scored yet"


class Live(NamedTuple):
    """A running server, as it was when the page was asked for."""

    functions: Mapping[str, RewardFunction]
    judges: Mapping[tuple[str, str], JudgeStatus]
    """By the names of the reward function and of the judge."""
    requests: int
    """Under way."""


class Sources(NamedTuple):
    """What a page may read."""

    store: Store | None
    """None where nothing is kept, or it cannot be read."""
    live: Live | None = None
    """None in a report, which no server stands behind."""
    why: str = NO_STORE
    """Why there is no store."""

    @property
    def kept(self) -> Store:
        """The store. Raises StoreError where there is none."""
        if self.store is None:
            raise StoreError(self.why)
        return self.store

    def runs(self) -> Sequence[Run]:
        """All runs, the newest first."""
        return self.kept.runs()

    def run(self, named: str | None) -> Run:
        """The run of this number or name, or the one to open on. Raises StoreError.

        Numbers go before names that look like them: every link of ours says a number. To open on is the
        newest whose trainer sends its steps: what somebody scores by hand does not hide the training.
        """
        runs = self.runs()
        if named is not None:
            return next((run for run in runs if str(run.id) == named), None) or self.kept.run(named)
        if not runs:
            raise StoreError(NOTHING_YET)
        return next((run for run in runs if run.sent), runs[0])

    def serves(self, reward: str) -> bool:
        """Whether a reward function of this name is being served."""
        return self.live is not None and reward in self.live.functions

    def history(self, run: Run) -> History:
        """A run's steps."""
        return history(self.kept, run.id)

    def alarms(self, run: Run) -> Sequence[Alarm]:
        """What was raised about a run, in order."""
        return alarms_of(self.kept, run.id)

    def raised(self, named: str | None) -> int:
        """How many alarms are raised about a run; 0 where none can be told of."""
        try:
            return sum(alarm.active for alarm in self.alarms(self.run(named)))
        except StoreError:
            return 0
