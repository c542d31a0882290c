"""Whole reports: their verdicts in words, their timelines, and runs with little in them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reward_server.load.figures.summary import report
from reward_server.load.record import Phase, Record, Run
from reward_server.load.saved_report import as_json, parse
from tests.reward_server.load.figures.making import JUDGE, closed, opened, run


def test_the_verdict_on_a_knee() -> None:
    made = closed([4, 16, 64], slots=16, service_s=0.5, questions=4)
    assert report(made, slo_s=9.0).verdict == (
        "This judge sustains 8 rollouts/s (32 verdicts/s) with starter/reasoning 1.0, each within 9 s; the "
        "knee is at 16 calls in flight, and beyond it only latency grows. A step of 1,024 rollouts takes "
        "128 s at that rate. The judge is the limit: at 64 calls in flight, 48 calls waited in the judge's "
        "own queue on average."
    )


def test_beyond_the_knee_of_open_loads_not_only_latency_grows() -> None:
    found = report(opened([10, 30, 60], slots=8, service_s=0.2))
    assert "the knee is at 30 rollouts/s offered, and it does not keep up with more." in found.verdict


def test_beyond_the_knee_an_slo_may_break_before_throughput_ends() -> None:
    found = report(closed([4, 16, 64], slots=64, service_s=0.5, questions=4), slo_s=1.9)
    assert "only latency grows" not in found.verdict


def test_between_two_loads_far_apart_nobody_is_sent_to_greater_ones() -> None:
    found = report(closed([4, 32], slots=8, service_s=0.25))
    assert found.no_knee is None or "try greater" not in found.no_knee


def test_the_verdict_on_a_light_load() -> None:
    assert report(opened([10], slots=8, service_s=0.2)).verdict == (
        "This judge did 10 rollouts/s (10 verdicts/s) at 10 rollouts/s offered. One load shows no knee: try "
        "several, or let a sweep find it. A step of 1,024 rollouts takes 102 s at that rate. The load was "
        "too light to find its limit."
    )


def test_the_verdict_on_a_burst() -> None:
    calls = [Record(0, 0, 0.5 * (1 + n // 8), n, n) for n in range(64)]
    found = report(run([Phase("burst", 64, 0, 0, 4.1)], calls))
    assert found.verdict == "A step of 64 rollouts took 4 s, 16 rollouts/s (16 verdicts/s)."


def test_the_verdict_where_everything_failed() -> None:
    calls = [Record(n / 10, n / 10, n / 10 + 0.01, n, n, cause="judge_unreachable") for n in range(100)]
    found = report(run([Phase("closed", 1, 0, 1, 10)], calls))
    assert found.verdict == (
        "No rollout was completed. 100% of calls failed, most often as judge_unreachable."
    )
    assert (found.phases[0].rollouts_s, found.phases[0].latency, found.sustained_rollouts_s) == (
        0,
        None,
        None,
    )


def test_failures_beside_a_rate_are_told() -> None:
    made = closed([4, 8, 16], slots=8, service_s=0.2)
    records = [replace(c, cause="judge_error") if n % 20 == 0 else c for n, c in enumerate(made.records)]
    assert report(replace(made, records=records)).verdict.endswith(
        "of calls failed there, most often as judge_error."
    )
    several = replace(made, records=records, target=replace(JUDGE, questions=2))
    assert report(several).verdict.endswith("A rollout counts where none of its calls did.")


def test_a_run_without_anything() -> None:
    found = report(run([], []))
    assert found.verdict == "Nothing was measured: the test ended in its warm-up."
    assert (found.phases, found.timeline, found.limit.who) == ([], [], "unknown")


def test_a_run_that_was_stopped_in_its_warm_up() -> None:
    made = Run(JUDGE, 0, [Phase("closed", 4, 0, 1, 1)], [Record(0, 0, 0.5, 0, 0)], [], interrupted=True)
    found = report(made)
    assert (found.phases, found.knee) == ([], None)
    assert found.timeline[0].calls == 1
    assert found.timeline[0].phase is None


def test_a_run_of_one_call() -> None:
    found = report(run([Phase("closed", 1, 0, 0, 10)], [Record(0, 0, 9, 0, 0)]))
    assert found.phases[0].rollouts_s == 0.1
    assert found.phases[0].latency is not None
    assert found.phases[0].latency.p999 == 9


def test_a_run_that_was_stopped_reports_what_there_is() -> None:
    made = closed([4, 8], slots=8, service_s=0.2)
    cut_off = Record(13, 13, 13.5, 999, 999, 1, cause="shutdown")
    found = report(replace(made, interrupted=True, records=[*made.records, cut_off], notes=["first"]))
    assert found.interrupted
    assert found.notes[:3] == [
        "first",
        "The test was stopped before its end; what had been measured by then is reported.",
        "Calls under way then count nowhere; there were 1, and the oldest had taken 500 ms.",
    ]
    assert found.phases[1].failures == {}


def test_a_report_survives_json() -> None:
    found = report(closed([1, 8, 32], slots=8, service_s=0.25), slo_s=1.5)
    assert as_json(parse(as_json(found).encode(), "r.json")) == as_json(found)


def test_the_same_run_gives_the_same_report() -> None:
    made = closed([1, 8], slots=8, service_s=0.3)
    assert as_json(report(made)) == as_json(report(made))


@given(st.lists(st.tuples(st.floats(0, 29), st.floats(0.001, 20)), max_size=60), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_the_timeline_loses_nothing(calls: list[tuple[float, float]], questions: int) -> None:
    records = [Record(due, due, due + took, n // questions, 0) for n, (due, took) in enumerate(calls)]
    found = report(run([Phase("constant", 2, 0, 5, 30)], records))
    assert sum(moment.calls for moment in found.timeline) == len(records)
    assert sum(moment.rollouts for moment in found.timeline) == len({record.rollout for record in records})
    due = [record for record in records if 5 <= record.due < 30]
    assert found.phases[0].calls == len(due)
    assert found.phases[0].calls_s == pytest.approx(sum(5 <= record.done <= 30 for record in records) / 25)


def test_a_moment_knows_its_phase_and_its_warm_up() -> None:
    found = report(closed([4, 8], slots=8, service_s=0.5, seconds=4))
    second = found.timeline[3]
    assert (second.phase, second.warming, second.rollouts, second.p50) == (0, False, 8, 0.5)
    assert (second.in_flight, second.running, second.waiting) == (4, 4, 0)
    assert found.timeline[1].warming
    assert found.timeline_step_s == 1


def test_two_hours_have_no_more_moments_than_one() -> None:
    calls = [Record(n * 10, n * 10, n * 10 + 1, n, n) for n in range(720)]
    found = report(run([Phase("constant", 0.1, 0, 10, 7200)], calls))
    assert found.timeline_step_s == 2
    assert len(found.timeline) <= 3600
    assert len(found.phases[0].samples["calls_s"]) <= 120
