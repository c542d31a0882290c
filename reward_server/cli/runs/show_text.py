"""A run at a glance, for people and as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from math import fsum

import msgspec

from reward_server.alarms.alarm import Alarm
from reward_server.cli.runs.words import MISSING, aligned, name, number, share, time
from reward_server.history.statistics import ColumnStatistics, History
from reward_server.store.export import inert
from reward_server.store.reading import Run

Columns = Sequence[ColumnStatistics | None]
"""One component or the reward over the steps; None where a step has no such component."""

_SENTENCES = 300
_TOKENS = ("prompt_tokens", "completion_tokens")
_MARKS = ("duplicates", "copies", "inconsistent", "truncated", "malformed")


def json_text(run: Run, steps: History, alarms: Sequence[Alarm]) -> str:
    """Everything, as JSON."""
    found = {"run": run, "alarms": alarms, "steps": steps}
    return inert(msgspec.json.format(msgspec.json.encode(found), indent=2)).decode()


def at_a_glance(run: Run, steps: History, alarms: Sequence[Alarm]) -> Iterator[str]:
    """The lines to print."""
    yield from _heading(run, steps)
    if steps:
        yield from ("", *_columns(steps), "", *_groups(steps), *_texts(steps), *_judging(steps))
    yield from ("", *_alarms(alarms))


def _heading(run: Run, steps: History) -> Iterator[str]:
    yield f"{name(run.name)}, scored by {name(run.reward)} (number {run.id})"
    yield f"  {run.rollouts:,} rollouts, {time(run.started)} to {time(run.updated)} UTC"
    if steps:
        whose = "" if run.sent else "; the trainer sends none, so every 512 rollouts count as one"
        yield f"  {len(steps):,} steps, {steps[0].step} to {steps[-1].step}{whose}"
        versions = dict.fromkeys(chain.from_iterable(step.versions for step in steps))
        yield f"  reward version {', '.join(name(version[:19]) for version in versions)}"


def _columns(steps: History) -> list[str]:
    last = steps[-1]
    heading = ["component", "first", "last", "mean", "std", "within", "unscored", "share"]
    names = dict.fromkeys(chain.from_iterable(step.components for step in steps))
    rows = [_column(name(each), [step.components.get(each) for step in steps]) for each in names]
    reward = _column("reward", [step.reward for step in steps])
    told = f"last: step {last.step}; std, within and share are its own"
    return [*aligned([heading, *rows, reward]), f"  {told}"]


def _column(heading: str, column: Columns) -> list[str]:
    there = [each for each in column if each is not None]
    last = column[-1]
    unscored, scored = sum(each.unscored for each in there), sum(each.scored for each in there)
    sums = [each.mean * each.scored for each in there if each.mean is not None]
    return [
        heading,
        number(column[0].mean if column[0] else None),
        number(last.mean if last else None),
        number(fsum(sums) / scored if scored else None),
        number(last.std if last else None),
        number(last.within if last else None),
        share(unscored, scored + unscored),
        MISSING if last is None or last.share is None else f"{last.share:.0%}",
    ]


def _groups(steps: History) -> Iterator[str]:
    yield f"dead groups  {_dead(steps, 'of all')}"
    yield f"{'':13}{_dead(steps[-1:], 'of the last step')}"
    causes = sum((Counter(step.unscored) for step in steps), Counter[str]())
    told = ", ".join(f"{name(cause)} {count:,}" for cause, count in causes.most_common()) or "none"
    yield f"unscored     {told}"


def _dead(steps: History, whose: str) -> str:
    """What share of these steps' groups is dead, and how many of each kind."""
    kinds = Counter[str]()
    for step in steps:
        kinds.update(msgspec.structs.asdict(step.dead))
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    return f"{share(kinds.total(), sum(step.groups for step in steps))} {whose}: {told}"


def _texts(steps: History) -> Iterator[str]:
    first, last = steps[0].words, steps[-1].words
    if first is not None and last is not None:
        now = f"{last.p50:g} now; 95 % have at most {last.p95:g}"
        yield f"reasoning    {first.p50:g} words (median) at first, {now}"
    marks = {mark: _total(steps, mark) for mark in _MARKS}
    told = ", ".join(f"{mark} {count:,}" for mark, count in marks.items() if count)
    yield f"texts        {told or 'nothing that stands out'}"


def _total(steps: History, field: str) -> int:
    return sum(getattr(step, field) for step in steps)


def _judging(steps: History) -> Iterator[str]:
    judges = [step.judge for step in steps]
    calls, failed = sum(each.calls for each in judges), sum(each.failed for each in judges)
    if not calls:
        return
    spared = sum(each.spared for each in judges)
    yield f"judge        {calls:,} calls, {failed:,} of them failed; {spared:,} answers without one"
    asked, replied = (sum(getattr(each, field) for each in judges) for field in _TOKENS)
    yield f"             {asked:,} prompt tokens, {replied:,} of replies"
    if (seconds := judges[-1].seconds) is not None:
        yield f"             last step: {seconds.p50:.2f} s a call (median), 95 % within {seconds.p95:.2f} s"


def _alarms(alarms: Sequence[Alarm]) -> Iterator[str]:
    """Those that go on first."""
    if not alarms:
        yield "no alarm was raised"
    for alarm in sorted(alarms, key=lambda alarm: not alarm.active):
        yield _title(alarm)
        yield from (f"  {name(text, _SENTENCES)}" for text in (alarm.seen, alarm.advice) if text)


def _title(alarm: Alarm) -> str:
    what = f"{name(alarm.name)}{f' ({name(alarm.subject)})' if alarm.subject else ''}"
    if alarm.active:
        return f"{alarm.level}: {what}, since step {alarm.since}"
    return f"over ({alarm.level}): {what}, step {alarm.since} to {alarm.until}"
