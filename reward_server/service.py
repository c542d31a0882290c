"""The reward functions behind one URL, and scoring a request with one of them. Knows no HTTP."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from judges.judge_status import JudgeStatus
from reward_server.engine.attendance import Attendance
from reward_server.engine.gathering import Conflict
from reward_server.engine.gatherings import Gatherings
from reward_server.engine.group_ledger import GroupLedger
from reward_server.engine.group_record import GroupRecord
from reward_server.engine.row import Row
from reward_server.engine.scoring import Scoring
from reward_server.engine.share import Share
from reward_server.engine.summary import summarise
from reward_server.limits import Limits
from reward_server.metrics.groups import GroupMetrics
from reward_server.reward.reward_function import RewardFunction
from reward_server.store.entry import entry
from reward_server.store.recorder import Recorder
from reward_server.wire.decoding import too_deep
from reward_server.wire.egress import results, value_of
from reward_server.wire.group_sizes import group_sizes
from reward_server.wire.ingress import Batch, assemble
from reward_server.wire.native import GroupMeans, Means, RewardRequest, RewardResponse, Timing
from reward_server.wire.origin import UNKNOWN, Origin
from reward_server.wire.status import RequestError
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.problems import did_you_mean

RETRY_AFTER_S = 1
STORING_S = 0.15
"""So long after its deadline an answer may wait to be stored."""


class Service:
    """Scores requests and keeps track of those under way."""

    def __init__(
        self, functions: Mapping[str, RewardFunction], limits: Limits, recorder: Recorder | None = None
    ) -> None:
        """`recorder` has what is scored stored; None where nothing is kept."""
        self.functions = functions
        self.limits = limits
        self._recorder = recorder
        self._under_way: set[Scoring] = set()
        self._ledger = GroupLedger()
        self._gatherings = Gatherings()

    async def score(self, request: RewardRequest, origin: Origin = UNKNOWN) -> RewardResponse:
        """Answer a request by its deadline, once it is stored. Raises RequestError."""
        started = time.perf_counter()
        function = self.function(request.reward)
        self._check_size(request)
        _refuse_when_full(function)
        batch = assemble(request.rollouts, function.layout, self.limits.max_completion_chars)
        sizes = group_sizes(request.rollouts, batch, function)
        shares = _shares(batch, sizes)
        scoring_started = time.perf_counter()
        left = (request.deadline_s or self.limits.deadline_s) - (scoring_started - started)
        attendances = self._attend(function, batch, shares, left)
        scoring = Scoring(function, batch.groups, attendances, keep_calls=self._recorder is not None)
        records = [share and self._ledger.arrive(function.name, share) for share in shares]
        groups = await self._run(scoring, max(left, 0.0))
        scored_at = time.perf_counter()
        _note(records, groups)
        _refuse_holes(function, groups)
        rows = in_request_order(batch, groups)
        timing = Timing(
            total_s=time.perf_counter() - started,
            scoring_s=scored_at - scoring_started,
            judging=scoring.judging,
        )
        if self._recorder is not None:
            left = (request.deadline_s or self.limits.deadline_s) - timing.total_s
            kept = entry(function, rows, scoring.calls, timing, origin)
            await self._recorder.record(kept, max(left, 0.0) + STORING_S)
        return RewardResponse(
            rewards=[value_of(row.reward) for row in rows],
            results=results(rows, request.detail),
            reward_name=function.name,
            reward_version=function.version,
            rubrics=function.rubrics,
            summary=summarise(groups, function.weights),
            notices=function.notices,
            timing=timing,
        )

    async def aside(self, scoring: Scoring, deadline_s: float) -> list[list[Row]]:
        """Score what answers no request and is not stored. `interrupt` ends it as it ends requests."""
        return await self._run(scoring, deadline_s)

    def function(self, name: str | None) -> RewardFunction:
        """The reward function of this name; the only one when no name is given. Raises RequestError."""
        if name is None and len(self.functions) == 1:
            return next(iter(self.functions.values()))
        if name is None:
            known = ", ".join(self.functions)
            raise RequestError(
                "unknown_reward", "say which reward function", path="$.reward", hint=f"one of: {known}"
            )
        if name not in self.functions:
            message = f"there is no reward function {ascii(name)[:80]} here"
            raise RequestError(
                "unknown_reward", message, path="$.reward", hint=did_you_mean(name[:80], self.functions)
            )
        return self.functions[name]

    async def group(self, reward: str | None, name: str, wait_s: float) -> GroupMeans:
        """What became of a group, when it is complete or after `wait_s`. Raises RequestError."""
        function = self.function(reward)
        record = self._ledger.find(function.name, name)
        if record is None:
            message = f"no rollout of the group {name[:80]!a} was sent with `group_size` lately"
            raise RequestError("not_found", message, hint="send its rollouts first, each with `group_size`")
        await record.wait(wait_s)
        components = {column: record.mean_component(column) for column in function.order}
        return GroupMeans(
            id=name,
            reward_name=function.name,
            size=record.size,
            arrived=record.arrived,
            scored=len(record.scored),
            complete=record.complete,
            mean=Means(record.mean_reward(), components),
        )

    def judges(self) -> dict[tuple[str, str], JudgeStatus]:
        """How each open judge is doing, by reward function and name."""
        return {
            (function.name, name): judge.judge.status()
            for function in self.functions.values()
            for name, judge in function.judges.items()
            if judge.is_open
        }

    @property
    def waiting_groups(self) -> int:
        """How many groups wait for rollouts to arrive."""
        return self._gatherings.waiting

    def watch_groups(self, metrics: GroupMetrics) -> None:
        """Export what becomes of groups that come in several requests."""
        metrics.watch(lambda: self.waiting_groups)
        self._gatherings.told_incomplete = metrics.incomplete

    def interrupt(self) -> None:
        """Answer everything under way now, with nulls for what is not finished (`shutdown`)."""
        for scoring in list(self._under_way):
            scoring.interrupt(Cause.SHUTDOWN)
        self._ledger.settle()

    @property
    def store_path(self) -> Path | None:
        """The file that rollouts are kept in; None where nothing is kept."""
        return None if self._recorder is None else self._recorder.path

    async def aclose(self) -> None:
        """Release what the reward functions hold."""
        for function in self.functions.values():
            await function.aclose()
        if self._recorder is not None:
            await self._recorder.aclose()

    def _attend(
        self, function: RewardFunction, batch: Batch, shares: Sequence[Share | None], deadline_s: float
    ) -> list[Attendance | None]:
        try:
            return self._gatherings.attend(function, shares, deadline_s)
        except Conflict as conflict:
            path = f"$.rollouts[{batch.position(conflict.rollout)}].id"
            raise RequestError("invalid_field", conflict.message, path=path, hint=conflict.hint) from None

    async def _run(self, scoring: Scoring, deadline_s: float) -> list[list[Row]]:
        self._under_way.add(scoring)
        try:
            return await scoring.run(deadline_s)
        finally:
            self._under_way.discard(scoring)

    def _check_size(self, request: RewardRequest) -> None:
        if len(request.rollouts) > self.limits.max_rollouts:
            raise RequestError(
                "too_many_rollouts",
                f"{len(request.rollouts):,} rollouts; this server takes {self.limits.max_rollouts:,}",
                path="$.rollouts",
                hint="split the batch by group, or raise --max-rollouts",
            )


def _refuse_when_full(function: RewardFunction) -> None:
    full = [name for name, judge in function.judges.items() if judge.is_open and judge.judge.full]
    if full:
        raise RequestError(
            "overloaded",
            f"the judge `{full[0]}` has all the calls in line that it may have",
            hint="try again after Retry-After",
            retry_after_s=RETRY_AFTER_S,
        )


def in_request_order(batch: Batch, groups: Sequence[Sequence[Row]]) -> list[Row]:
    """The rows of all groups, each where its rollout stood in the request."""
    placed = {
        position: row
        for positions, group in zip(batch.positions, groups, strict=True)
        for position, row in zip(positions, group, strict=True)
    }
    return [placed[position] for position in range(len(placed))]


def _shares(batch: Batch, sizes: Sequence[int | None]) -> list[Share | None]:
    try:
        return [
            None if size is None else Share.of(group, size)
            for group, size in zip(batch.groups, sizes, strict=True)
        ]
    except RecursionError:
        raise too_deep() from None


def _note(records: Sequence[GroupRecord | None], groups: Sequence[Sequence[Row]]) -> None:
    for record, rows in zip(records, groups, strict=True):
        if record is not None:
            record.answer(rows)


def _refuse_holes(function: RewardFunction, groups: Sequence[Sequence[Row]]) -> None:
    if function.on_unscored != "fail_batch":
        return
    holes = [row for group in groups for row in group if isinstance(row.reward, Unscored)]
    if holes:
        causes = ", ".join(
            sorted({str(row.reward.cause) for row in holes if isinstance(row.reward, Unscored)})
        )
        raise RequestError(
            "batch_unscored",
            f"{len(holes)} rollouts could not be scored ({causes}), and on_unscored is fail_batch",
            hint="try again, or let the reward file say `on_unscored: mask`",
            retry_after_s=1,
        )
