"""What an edit changes: each rollout's scores before and after, the biggest changes first."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from judges.caller import NOT_ASKED
from reward_server.dashboard.playing.choosing import Before
from reward_server.dashboard.playing.trying import Trial
from reward_server.engine.row import Row
from reward_server.reward.aggregation import Weights
from rubrics.outcome import Outcome, Score
from rubrics.rollout import Rollout
from rubrics.shift import DIGITS, Shift, shift
from rubrics.verdict import Verdict

ABSENT = "absent"
"""There is no such component or criterion, or it was not reached."""
REWARD = "reward"
EXCERPT = 100


class Value(msgspec.Struct, frozen=True):
    """A number, or why there is none."""

    value: float | None
    why: str | None = None
    """A cause, `not asked`, `skipped` or `absent`."""


class Change(msgspec.Struct, frozen=True):
    """One score before and after."""

    before: Value
    after: Value

    @property
    def changed(self) -> bool:
        """Whether it is another score, as far as anybody can see."""
        return _rounded(self.before) != _rounded(self.after)

    @property
    def difference(self) -> float | None:
        """After minus before, where there are both."""
        if self.before.value is None or self.after.value is None:
            return None
        return round(self.after.value - self.before.value, DIGITS)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One rollout."""

    id: str
    """Its number in the store, or its id where it was pasted."""
    stored: bool
    group: str
    excerpt: str
    """The completion's beginning. Untrusted."""
    reward: Change
    ranks: tuple[int | None, int | None]
    """Its places before and after among those of its group with both rewards, from 1; equal ones share."""
    components: Mapping[str, Change]
    criteria: Mapping[str, Change]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All rollouts, the biggest changes of the reward first."""

    rollouts: Sequence[Compared]
    shift: Shift
    components: Sequence[str]
    """Those that changed for any rollout, in order of the edit."""
    criteria: Sequence[str]
    """The same."""
    unchanged: Sequence[str]
    """Components and criteria that did not."""
    unasked: int
    """At most so many questions would have to be put to models."""
    asked: int
    notices: Sequence[str]


def compare(trial: Trial) -> Comparison:
    """Compare the scores of a trial."""
    places = _ranks(trial)
    compared = [_compared(group, rollout, trial, places) for group, rollout in trial.chosen.rollouts]
    components, same_components = _split(each.components for each in compared)
    criteria, same_criteria = _split(each.criteria for each in compared)
    return Comparison(
        rollouts=sorted(compared, key=_size, reverse=True),
        shift=_shift(compared),
        components=components,
        criteria=criteria,
        unchanged=[*same_components, *same_criteria],
        unasked=trial.unasked,
        asked=trial.asked,
        notices=trial.notices,
    )


def _compared(group: str, rollout: Rollout, trial: Trial, places: "_Places") -> Compared:
    before, after = trial.before[rollout.id], trial.after[rollout.id]
    return Compared(
        id=rollout.id,
        stored=rollout.id in trial.chosen.before,
        group=group,
        excerpt=rollout.completion.text[:EXCERPT],
        reward=Change(_reward_before(before), _reward_after(after, trial.weights)),
        ranks=(places[0].get(rollout.id), places[1].get(rollout.id)),
        components=_changes(_components_before(before), _components_after(after)),
        criteria=_changes(_verdicts(before.verdicts), _verdicts(_reached(after))),
    )


def _reward_before(before: Before) -> Value:
    return (
        Value(before.reward) if before.reward is not None else Value(None, _why(before.cause, before.detail))
    )


def _reward_after(row: Row, weights: Weights) -> Value:
    """None where a part that counts was not asked for, whatever `on_unscored` would make of it."""
    parts = {name: _value(outcome) for name, outcome in row.components.items()}
    if any(part.why == NOT_ASKED and weights[name] > 0 for name, part in parts.items()):
        return Value(None, NOT_ASKED)
    return _value(row.reward)


def _components_before(before: Before) -> Mapping[str, Value]:
    return {
        name: Value(each.value) if each.value is not None else Value(None, _why(each.cause, each.reason))
        for name, each in before.components.items()
    }


def _components_after(row: Row) -> Mapping[str, Value]:
    return {name: _value(outcome) for name, outcome in row.components.items()}


def _value(outcome: Outcome) -> Value:
    if isinstance(outcome, Score):
        return Value(outcome.value)
    return Value(None, _why(outcome.cause.value, outcome.detail))


def _why(cause: str | None, detail: str | None) -> str:
    return NOT_ASKED if detail is not None and NOT_ASKED in detail else cause or ABSENT


def _reached(row: Row) -> Iterator[Verdict]:
    for outcome in row.components.values():
        yield from outcome.verdicts


def _verdicts(verdicts: Sequence[Verdict] | Iterator[Verdict]) -> Mapping[str, Value]:
    return {verdict.criterion: _found(verdict) for verdict in verdicts}


def _found(verdict: Verdict) -> Value:
    if verdict.value is not None:
        return Value(verdict.value)
    if verdict.cause is None:
        return Value(None, verdict.choice)
    return Value(None, _why(verdict.cause.value, verdict.reason))


def _changes(before: Mapping[str, Value], after: Mapping[str, Value]) -> Mapping[str, Change]:
    absent = Value(None, ABSENT)
    return {
        name: Change(before.get(name, absent), after.get(name, absent))
        for name in dict.fromkeys([*after, *before])
    }


def _split(each: "Iterator[Mapping[str, Change]]") -> tuple[Sequence[str], Sequence[str]]:
    """The names that changed anywhere, and the others."""
    changed: dict[str, bool] = {}
    for changes in each:
        for name, change in changes.items():
            changed[name] = changed.get(name, False) or change.changed
    return [name for name, did in changed.items() if did], [name for name, did in changed.items() if not did]


_Places = tuple[Mapping[str, int], Mapping[str, int]]


def _ranks(trial: Trial) -> _Places:
    """Each rollout's place before and after among those of its group with a reward before and after."""
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for group in trial.chosen.groups:
        rewards = {rollout.id: _rewards(rollout.id, trial) for rollout in group}
        both = {name: (a, b) for name, (a, b) in rewards.items() if a is not None and b is not None}
        if len(both) > 1:
            before |= _placed({name: a for name, (a, _) in both.items()})
            after |= _placed({name: b for name, (_, b) in both.items()})
    return before, after


def _rewards(name: str, trial: Trial) -> tuple[float | None, float | None]:
    after = _reward_after(trial.after[name], trial.weights)
    return _reward_before(trial.before[name]).value, after.value


def _placed(rewards: Mapping[str, float]) -> Mapping[str, int]:
    known = {name: round(value, DIGITS) for name, value in rewards.items()}
    return {name: 1 + sum(other > value for other in known.values()) for name, value in known.items()}


def _shift(compared: Sequence[Compared]) -> Shift:
    groups: dict[str, list[tuple[float, float]]] = {}
    for each in compared:
        before, after = each.reward.before.value, each.reward.after.value
        if before is not None and after is not None:
            groups.setdefault(each.group, []).append((before, after))
    return shift(groups.values())


def _size(each: Compared) -> tuple[float, bool, float]:
    """By how much a reward moved; then whether anything did."""
    differences = [abs(change.difference or 0.0) for change in each.components.values()]
    return abs(each.reward.difference or 0.0), each.reward.changed, max(differences, default=0.0)


def _rounded(value: Value) -> tuple[float | None, str | None]:
    return (None if value.value is None else round(value.value, DIGITS)), value.why
