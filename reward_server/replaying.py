"""Scoring a file with saved verdicts in the judge's place: new weights and gates without a judge call."""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec
from pydantic import PrivateAttr

from judges.rubric_diff import diff
from reward_server.components.rubric import Rubric
from reward_server.engine.row import Row
from reward_server.engine.scoring import Scoring
from reward_server.results_file import digest
from reward_server.reward.component import Bounds, Component
from reward_server.reward.reward_function import Column, RewardFunction
from reward_server.saved_results import Saved, SavedResult
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Unscored
from rubrics.problems import ConfigError, Problem
from rubrics.replay import NotJudged, replay
from rubrics.rollout import Group, Json, Rollout
from rubrics.shift import Shift, shift
from rubrics.stamp import RubricStamp


class RubricStandIn(Component):
    """Stands in the place of a rubric component, and takes its answers from elsewhere.

    It has a class of its own, and so a `reward_version` of its own: `gavel score --resume` does not mix these
    values with ones that a judge gave.
    """

    _of: Rubric = PrivateAttr()
    _saved: Saved = PrivateAttr()
    _stale: AbstractSet[str] = PrivateAttr()

    def __init__(self, component: Rubric, saved: Saved, stale: AbstractSet[str] = frozenset()) -> None:
        """`stale`: the criteria whose saved verdicts answer something else."""
        super().__init__()
        self._of, self._saved, self._stale = component, saved, stale

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        return self._of.bounds

    @property
    def stamp(self) -> RubricStamp:  # type: ignore[override]
        return self._of.stamp

    def identity(self) -> Json:
        return self._of.identity()


class ReplayedRubric(RubricStandIn):
    """A rubric component whose judge is a file."""

    _name: str = PrivateAttr()
    _missing: list[tuple[str, str]] = PrivateAttr(default_factory=list[tuple[str, str]])

    def __init__(
        self, name: str, component: Rubric, saved: Saved, stale: AbstractSet[str] = frozenset()
    ) -> None:
        super().__init__(component, saved, stale)
        self._name = name

    @property
    def missing(self) -> Sequence[tuple[str, str]]:
        """The rollouts and criteria for which there was no answer."""
        return self._missing

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        return [self._replay(rollout) for rollout in group]

    def _replay(self, rollout: Rollout) -> Outcome:
        line = self._saved[rollout.id].line
        verdicts = {v.criterion: v for v in line.verdicts or () if v.criterion not in self._stale}
        try:
            return replay(self._of.opened, rollout, verdicts)
        except NotJudged as gap:
            component = (line.components or {}).get(self._name)
            if component is not None and component.cause is not None:
                return Unscored(Cause(component.cause), component.reason, tuple(line.verdicts or ()))
            self._missing += [(rollout.id, criterion) for criterion in gap.criteria]
            return Unscored(Cause.COMPONENT_ERROR, str(gap))


def replaying(function: RewardFunction, saved: Saved, source: RewardFunction | None = None) -> RewardFunction:
    """The reward function with saved verdicts in the place of its judges. Raises ConfigError.

    Answers to statements that `source`, which gave the verdicts, put otherwise are not used.
    """
    rubrics = rubrics_of(function)
    if not rubrics:
        hint = "nothing here was judged: score the rollouts again"
        raise ConfigError(f"the reward `{function.name}` has no rubric to replay", hint=hint)
    refuse_shared_ids(rubrics)
    stale = stale_in(function, source)
    stand_ins = {
        name: ReplayedRubric(name, rubric, saved, stale.get(name, frozenset()))
        for name, rubric in rubrics.items()
    }
    columns = [Column(c.name, stand_ins.get(c.name, c.component), c.weight, c.gate) for c in function.columns]
    return msgspec.structs.replace(function, columns=columns)


def rubrics_of(function: RewardFunction) -> dict[str, Rubric]:
    """The rubric components by name."""
    return {c.name: c.component for c in function.columns if isinstance(c.component, Rubric)}


def stale_in(function: RewardFunction, source: RewardFunction | None) -> Mapping[str, AbstractSet[str]]:
    """By rubric, the criteria whose answers under `source` are answers to something else."""
    before = {} if source is None else rubrics_of(source)
    return {
        name: _stale(before[name], rubric) for name, rubric in rubrics_of(function).items() if name in before
    }


def _stale(before: Rubric, after: Rubric) -> AbstractSet[str]:
    """The criteria of `after` whose saved answers are answers to something else."""
    found, _ = diff(before.opened, after.opened, after.layout)
    return {obstacle.criterion for obstacle in found.obstacles if obstacle.need in {"judge", "levels"}}


def refuse_other_reward(saved: Saved, source: RewardFunction) -> None:
    """Raise ConfigError unless `source` gave each result, by a judge or in a replay."""
    known = {source.version}
    if rubrics_of(source):
        known.add(replaying(source, saved).version)
    for result in saved.values():
        if result.line.reward_version not in known:
            message = f"`{source.name}` did not give this result: its reward_version is another"
            raise result.error(message, "name the reward file as it was then, or leave --scored-with out")


def refuse_shared_ids(rubrics: Mapping[str, Rubric]) -> None:
    """Raise ConfigError where two rubrics have a criterion of one name: saved verdicts do not say whose."""
    owners: dict[str, tuple[str, bool]] = {}
    for name, component in rubrics.items():
        for criterion in component.opened.criteria:
            asked = criterion.ask is not None
            owner, asked_there = owners.setdefault(criterion.id, (name, asked))
            if owner != name and (asked or asked_there):
                message = f"`{owner}` and `{name}` both have a criterion `{criterion.id}`"
                hint = "saved verdicts do not say whose they are: replay needs ids that differ"
                raise ConfigError(message, hint=hint)


def refuse_others(saved: Saved, groups: Sequence[Group]) -> None:
    """Raise ConfigError unless there is a result for each rollout, and it is this rollout's."""
    problems: list[Problem] = []
    for rollout in (rollout for group in groups for rollout in group):
        result = saved.get(rollout.id)
        if result is None:
            message = f"there is no result for the rollout {ascii(rollout.id)[:80]}"
            problems.append(Problem(message=message, hint="name the rollouts that were scored, and no more"))
        elif result.line.rollout_digest != digest(rollout):
            problems += result.error(
                f"this is the result of another rollout with the id {ascii(rollout.id)[:80]}",
                "name the very file of rollouts that was scored",
            ).problems
    if problems:
        raise ConfigError(problems)


async def rescore(function: RewardFunction, saved: Saved, groups: Sequence[Group]) -> list[list[Row]]:
    """The rows of each group under a function made by `replaying`. Raises ConfigError for missing answers."""
    try:
        rows = await Scoring(function, groups).run(math.inf)
    finally:
        await function.aclose()
    _refuse_gaps(function, saved)
    return rows


def _refuse_gaps(function: RewardFunction, saved: Saved) -> None:
    """Raise ConfigError naming each statement that lacks answers, with the first rollout that lacks one."""
    problems = [
        problem
        for column in function.columns
        if isinstance(column.component, ReplayedRubric)
        for criterion, lacking in _by_criterion(column.component.missing).items()
        for problem in _gap([saved[name] for name in lacking], f"`{criterion}` of `{column.name}`").problems
    ]
    if problems:
        raise ConfigError(problems)


def _by_criterion(missing: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, criterion in missing:
        found.setdefault(criterion, []).append(name)
    return found


def _gap(lacking: Sequence[SavedResult], what: str) -> ConfigError:
    first = lacking[0]
    others = f", and {len(lacking) - 1:,} more have none" if len(lacking) > 1 else ""
    return first.error(
        f"{ascii(first.line.id)[:80]} has no judge's answer on {what}{others}",
        "it was not asked, or asked otherwise: `--ask missing` has such statements judged",
    )


def moved(saved: Saved, rows: Sequence[Sequence[Row]]) -> Shift:
    """How the rewards moved, over the rollouts that have one before and after."""
    return shift(
        [
            (before, float(row.reward))
            for row in group
            if (before := saved[row.rollout.id].line.reward) is not None
            and not isinstance(row.reward, Unscored)
        ]
        for group in rows
    )
