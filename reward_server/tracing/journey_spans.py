"""A journey as spans: the reward, its groups, their components, and what judges were asked.

score REWARD > group > component NAME > rollout > question CRITERION > judge call
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.util.types import AttributeValue

from judges import clock
from judges.call import Call
from reward_server.engine.trail import Journey, Leg, ScoredGroup
from reward_server.tracing.bounded import bounded

Attributes = Mapping[str, AttributeValue]
PACE = 500
"""Spans that are made before they are sent: the SDK drops those that its queue (2,048) has no room for."""

Times = tuple[float, float]
"""Start and end, on the monotonic clock."""


def write(journey: Journey, tracer: Tracer, parent: Context, send: Callable[[], object]) -> None:
    """Make the spans of a journey below `parent`; `send` is called now and then to have them sent."""
    _Writing(journey, tracer, send).write(parent)


class _Writing:
    def __init__(self, journey: Journey, tracer: Tracer, send: Callable[[], object]) -> None:
        self._journey = journey
        self._tracer = tracer
        self._send = send
        self._made = 0
        self._epoch_ns = time.time_ns() - round(clock.now() * 1e9)
        self._legs: dict[str, list[Leg]] = defaultdict(list)
        for leg in journey.legs:
            self._legs[leg.group].append(leg)
        self._questions = _by_rollout(journey.calls)
        self._columns = _columns(journey.criteria)

    def write(self, parent: Context) -> None:
        journey = self._journey
        below = self._span(
            parent, f"score {journey.reward}", (journey.started, journey.ended), _of_batch(journey)
        )
        for group in journey.groups:
            self._group(below, group)

    def _group(self, parent: Context, group: ScoredGroup) -> None:
        legs = self._legs[group.id]
        times = [moment for leg in legs for moment in self._times(leg)] or [self._journey.started]
        below = self._span(parent, "group", (min(times), max(times)), _of_group(group))
        asked = self._asked(group)
        for leg in legs:
            causes = group.columns.get(leg.column, {})
            counts: Attributes = {
                "gavel.component": leg.column,
                "gavel.unscored": sum(causes.values()),
                "gavel.causes": sorted(cause.value for cause in causes),
                "gavel.cut_off": leg.ended is None,
            }
            component = self._span(below, f"component {leg.column}", self._times(leg), counts)
            self._rollouts(component, group, asked.pop(leg.column, {}))
        for rest in asked.values():
            self._rollouts(below, group, rest)

    def _times(self, leg: Leg) -> Times:
        return leg.started, leg.ended or self._journey.ended

    def _asked(self, group: ScoredGroup) -> dict[str, dict[str, list[Call]]]:
        """The calls for the rollouts of a group, by column; under "" those that may be of several columns."""
        found: dict[str, dict[str, list[Call]]] = defaultdict(lambda: defaultdict(list))
        for rollout in group.rollouts:
            for question, call in self._questions.get(rollout, ()):
                found[self._columns.get(_criterion(question).partition("+")[0], "")][rollout].append(call)
        return found

    def _rollouts(self, parent: Context, group: ScoredGroup, asked: Mapping[str, Sequence[Call]]) -> None:
        for rollout, calls in asked.items():
            cause = group.rollouts[rollout]
            attributes = {
                "gavel.rollout.id": bounded(rollout),
                "gavel.cause": "" if cause is None else cause.value,
            }
            below = self._span(parent, "rollout", _around(calls), attributes)
            for question, its in _by_question(rollout, calls).items():
                self._question(below, question, its)

    def _question(self, parent: Context, question: str, calls: Sequence[Call]) -> None:
        made = [call for call in calls if call.how == "called"]
        attributes: Attributes = {
            "gavel.question": bounded(question, 128),
            "gavel.how": calls[0].how,
            "gavel.calls": len(made),
        }
        below = self._span(parent, f"question {bounded(_criterion(question))}", _around(calls), attributes)
        failed, until = 0, 0.0
        for call in made:
            told = {**_of_call(call), "gavel.attempt": 1 + failed, "gavel.hedge": call.started < until}
            self._call(below, call, told)
            failed = failed + 1 if call.cause is not None else 0
            until = call.started + call.seconds

    def _call(self, parent: Context, call: Call, attributes: Attributes) -> None:
        times = (call.started, call.started + call.seconds)
        span = self._open(parent, "judge call", times[0], attributes, SpanKind.CLIENT)
        if call.cause is not None:
            span.set_status(Status(StatusCode.ERROR))
        span.end(self._at(times[1]))

    def _span(self, parent: Context, name: str, times: Times, attributes: Attributes) -> Context:
        span = self._open(parent, name, times[0], attributes)
        span.end(self._at(times[1]))
        return set_span_in_context(span, parent)

    def _open(
        self,
        parent: Context,
        name: str,
        start: float,
        attributes: Attributes,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        self._made += 1
        if self._made % PACE == 0:
            self._send()
        return self._tracer.start_span(name, parent, kind, attributes, start_time=self._at(start))

    def _at(self, seconds: float) -> int:
        """Nanoseconds since 1970."""
        return self._epoch_ns + round(seconds * 1e9)


def _of_batch(journey: Journey) -> Attributes:
    rollouts = [cause for group in journey.groups for cause in group.rollouts.values()]
    tally = journey.tally
    return {
        "gavel.reward": journey.reward,
        "gavel.reward.version": journey.version,
        "gavel.groups": len(journey.groups),
        "gavel.rollouts": len(rollouts),
        "gavel.unscored": sum(cause is not None for cause in rollouts),
        "gavel.causes": sorted({cause.value for cause in rollouts if cause is not None}),
        "gavel.judge.questions": tally.questions,
        "gavel.judge.cached": tally.cached,
        "gavel.judge.joined": tally.joined,
        "gavel.judge.calls": tally.calls,
        "gavel.judge.retried": tally.retried,
        "gavel.judge.hedged": tally.hedged,
        "gavel.judge.queue_s": tally.queue_s,
    }


def _of_group(group: ScoredGroup) -> Attributes:
    causes = [cause.value for cause in group.rollouts.values() if cause is not None]
    return {
        "gavel.group.id": bounded(group.id),
        "gavel.rollouts": len(group.rollouts),
        "gavel.unscored": len(causes),
        "gavel.causes": sorted({*causes}),
    }


def _of_call(call: Call) -> Attributes:
    told: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": call.usage.prompt,
        "gen_ai.usage.output_tokens": call.usage.completion,
        "gavel.usage.cached_tokens": call.usage.cached,
        "gavel.judge": call.judge,
        "gavel.replica": _place(call.replica),
    }
    return told if call.cause is None else {**told, "error.type": call.cause.value}


def _place(replica: str) -> str:
    """A replica's URL without credentials; its name where it has no URL."""
    parts = urlsplit(replica)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else replica


def _by_rollout(calls: Iterable[Call]) -> Mapping[str, Sequence[tuple[str, Call]]]:
    """Calls with the question that each is for, by rollout, in order of their start."""
    found: dict[str, list[tuple[str, Call]]] = defaultdict(list)
    for call in sorted(calls, key=lambda each: each.started):
        rollout, _, question = call.name.rpartition("/")
        found[rollout].append((question, call))
    return found


def _by_question(rollout: str, calls: Sequence[Call]) -> Mapping[str, Sequence[Call]]:
    found: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        found[call.name.removeprefix(f"{rollout}/")].append(call)
    return found


def _criterion(question: str) -> str:
    """The criterion that a question is about; several are joined by `+`."""
    return question.partition("#")[0]


def _columns(criteria: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """The column of each criterion that only one column has."""
    owners: dict[str, list[str]] = defaultdict(list)
    for column, ids in criteria.items():
        for name in ids:
            owners[name].append(column)
    return {name: columns[0] for name, columns in owners.items() if len(columns) == 1}


def _around(calls: Sequence[Call]) -> Times:
    return min(call.started for call in calls), max(call.started + call.seconds for call in calls)
