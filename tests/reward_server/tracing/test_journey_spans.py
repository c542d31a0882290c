"""A journey as spans: what is a retry, what a hedge, and what is not known to be of one component."""

from collections.abc import Mapping, Sequence

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from judges.call import Call
from judges.caller import Tally
from judges.request import Usage
from reward_server.engine.trail import Journey, Leg, ScoredGroup
from reward_server.tracing.background import MOST, Background
from reward_server.tracing.bounded import bounded
from reward_server.tracing.journey_spans import PACE, write
from rubrics.cause import Cause

CRITERIA = {"rubric": ["clear", "shared"], "other": ["shared"]}


def called(name: str, started: float, seconds: float, cause: Cause | None = None) -> Call:
    usage = Usage(prompt=100, cached=60, completion=1)
    return Call(
        name=name,
        how="called",
        started=started,
        seconds=seconds,
        judge="j",
        replica="r",
        usage=usage,
        cause=cause,
    )


def journey(
    calls: Sequence[Call] = (), legs: Sequence[Leg] = (), rollouts: Sequence[str] = ("a",)
) -> Journey:
    group = ScoredGroup("g", dict.fromkeys(rollouts), {"rubric": {Cause.DEADLINE: 1}})
    return Journey(
        reward="test",
        version="sha256:0",
        started=100.0,
        ended=110.0,
        groups=[group],
        legs=legs or [Leg("g", "rubric", 101.0, 109.0), Leg("g", "other", 101.0, 108.0)],
        calls=calls,
        tally=Tally(),
        criteria=CRITERIA,
    )


class Spans:
    """The spans of a journey."""

    def __init__(self, told: Journey) -> None:
        exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        self.sent = 0
        write(told, provider.get_tracer("test"), Context(), self._send)
        self.all = exporter.get_finished_spans()
        self._by_id = {span.context.span_id: span for span in self.all if span.context is not None}

    def _send(self) -> None:
        self.sent += 1

    def named(self, name: str) -> list[ReadableSpan]:
        return sorted((span for span in self.all if span.name == name), key=lambda span: span.start_time or 0)

    def above(self, span: ReadableSpan) -> list[str]:
        """The names of all that a span is in, from the innermost."""
        if span.parent is None:
            return []
        parent = self._by_id[span.parent.span_id]
        return [parent.name, *self.above(parent)]

    def attributes(self, name: str, *wanted: str) -> list[tuple[object, ...]]:
        found: list[Mapping[str, object]] = [span.attributes or {} for span in self.named(name)]
        return [tuple(attributes.get(key) for key in wanted) for attributes in found]


def seconds(span: ReadableSpan) -> float:
    assert span.start_time is not None
    assert span.end_time is not None
    return (span.end_time - span.start_time) / 1e9


def test_a_failed_call_is_followed_by_its_next_attempt() -> None:
    calls = [called("a/clear", 102.0, 1.0, Cause.JUDGE_TIMEOUT), called("a/clear", 103.5, 0.5)]
    spans = Spans(journey(calls))
    assert spans.attributes("judge call", "gavel.attempt", "gavel.hedge", "error.type") == [
        (1, False, "judge_timeout"),
        (2, False, None),
    ]
    question = spans.named("question clear")[0]
    assert seconds(question) == pytest.approx(2.0)  # from 102 to 104
    assert spans.above(spans.named("judge call")[0]) == [
        *("question clear", "rollout", "component rubric", "group", "score test")
    ]


def test_calls_of_one_course_are_first_attempts_each() -> None:
    """Reasoning, then the answer: two calls for one question, neither a retry."""
    spans = Spans(journey([called("a/clear", 102.0, 1.0), called("a/clear", 103.0, 1.0)]))
    assert spans.attributes("judge call", "gavel.attempt") == [(1,), (1,)]


def test_a_call_beside_one_that_is_under_way_is_a_hedge() -> None:
    calls = [called("a/clear", 103.0, 0.1), called("a/clear", 102.0, 2.0, Cause.JUDGE_TIMEOUT)]
    spans = Spans(journey(calls))
    assert spans.attributes("judge call", "gavel.hedge") == [(False,), (True,)]


def test_an_answer_from_the_cache_is_a_question_without_a_call() -> None:
    spans = Spans(journey([Call(name="a/clear#1", how="cached", started=102.0)]))
    assert spans.attributes("question clear", "gavel.question", "gavel.how", "gavel.calls") == [
        ("clear#1", "cached", 0)
    ]
    assert spans.named("judge call") == []


def test_statements_that_are_asked_together_are_of_the_component_of_the_first() -> None:
    spans = Spans(journey([called("a/clear+shared", 102.0, 1.0)]))
    assert spans.above(spans.named("question clear+shared")[0])[1] == "component rubric"


def test_a_criterion_of_two_components_stands_below_the_group() -> None:
    spans = Spans(journey([called("a/shared", 102.0, 1.0)]))
    assert spans.above(spans.named("question shared")[0]) == ["rollout", "group", "score test"]


def test_a_rollout_may_have_a_slash_in_its_name() -> None:
    spans = Spans(journey([called("a/b/clear", 102.0, 1.0)], rollouts=["a", "a/b"]))
    assert spans.attributes("rollout", "gavel.rollout.id") == [("a/b",)]


def test_a_column_that_was_cut_off_lasts_to_the_end() -> None:
    spans = Spans(journey(legs=[Leg("g", "rubric", 104.0)]))
    (component,) = spans.named("component rubric")
    assert seconds(component) == pytest.approx(6.0)  # from 104 to 110
    assert spans.attributes("component rubric", "gavel.cut_off", "gavel.unscored", "gavel.causes") == [
        (True, 1, ("deadline",))
    ]


def test_many_spans_are_sent_in_parts() -> None:
    names = [str(number) for number in range(PACE)]
    spans = Spans(journey([called(f"{name}/clear", 102.0, 1.0) for name in names], rollouts=names))
    assert len(spans.all) == 1 + 1 + 2 + 3 * PACE
    assert spans.sent == 3


def test_what_does_not_fit_in_line_is_not_traced() -> None:
    import threading

    begun, go_on, written = threading.Event(), threading.Event(), []

    def slow(told: Journey) -> None:
        begun.set()
        assert go_on.wait(10)
        written.append(len(told.calls))

    line = Background()
    many = journey([called("a/clear", 102.0, 1.0)] * MOST)  # one alone always fits
    line.put(slow, many)
    assert begun.wait(10)
    line.put(slow, journey())
    go_on.set()
    line.finish(10)
    assert written == [MOST]


def test_a_journey_that_cannot_be_written_does_not_stop_the_next() -> None:
    written = []

    def write_(told: Journey) -> None:
        if told.calls:
            raise ValueError
        written.append(told)

    line = Background()
    line.put(write_, journey([called("a/clear", 102.0, 1.0)]))
    line.put(write_, journey())
    line.finish(10)
    assert len(written) == 1


def test_ids_are_printable_and_short() -> None:
    assert bounded("g-1") == "g-1"
    assert bounded("\u202e\n") == "\\u202e\\n"
    assert len(bounded("\U0001f600" * 100)) == 64
