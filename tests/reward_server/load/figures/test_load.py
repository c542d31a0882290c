"""Hand-computed figures of small runs."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from reward_server.load.figures.load import figures
from reward_server.load.figures.measured import loads
from reward_server.load.record import EngineTokens, Phase, Record, Run, Shape, Sight, Target
from reward_server.load.report import PhaseFigures
from tests.reward_server.load.figures.making import JUDGE, run

TWO = replace(JUDGE, questions=2, group_size=2)
PHASE = Phase("constant", 1, 0, 10, 20)


def one(made: Run, slo_s: float | None = None) -> PhaseFigures:
    (repeats,) = loads(made)
    return figures(repeats, slo_s, 0)


def call(
    due: float, done: float, rollout: int, group: int = 0, *, cause: str | None = None, **others: int
) -> Record:
    return Record(due, due, done, rollout, group, cause=cause, **others)


TWO_ROLLOUTS = [
    call(10, 12, 0),
    call(10, 14, 0),
    call(11, 12, 1),
    call(11, 17, 1),
]


def test_rollouts_groups_and_verdicts() -> None:
    found = one(run([PHASE], TWO_ROLLOUTS, target=TWO))
    assert (found.rollouts_s, found.verdicts_s, found.calls_s, found.offered_rollouts_s) == (
        0.2,
        0.4,
        0.4,
        0.2,
    )
    assert found.rollout_latency is not None
    assert (found.rollout_latency.p50, found.rollout_latency.max) == (4, 6)
    assert found.group_latency is not None
    assert found.group_latency.max == 7
    assert found.first_verdict_s == 1.5  # the median of 2 and 1
    assert found.latency is not None
    assert (found.latency.count, found.latency.mean) == (4, (2 + 4 + 1 + 6) / 4)


def test_warm_up_counts_by_when_a_call_was_due_and_throughput_by_when_it_ended() -> None:
    calls = [call(9, 11, 0), call(19, 21, 1), call(15, 16, 2), call(5, 6, 3)]
    found = one(run([PHASE], calls))
    assert found.rollouts_s == 0.2  # 0 and 2 ended between 10 and 20
    assert found.calls == 2  # 1 and 2 were due there
    assert found.latency is not None
    assert found.latency.max == 2


def test_a_call_that_never_ended_is_a_failure_and_counts_with_its_wait() -> None:
    calls = [call(10, 11, 0), call(12, 19.5, 1, cause="deadline")]
    found = one(run([PHASE], calls))
    assert found.failures == {"deadline": 0.5}
    assert found.latency is not None
    assert found.latency.max == 7.5
    assert found.rollouts_s == 0.1


def test_an_error_has_no_latency_and_makes_no_rollout() -> None:
    calls = [call(10, 10.001, 0, cause="judge_error"), call(10, 14, 1)]
    found = one(run([PHASE], calls))
    assert found.latency is not None
    assert found.latency.count == 1
    assert (found.rollouts_s, found.verdicts_s, found.calls_s) == (0.1, 0.1, 0.2)


def test_an_abstention_is_an_answer_and_no_failure_but_no_good_rollout() -> None:
    calls = [call(10, 11, 0, cause="judge_abstained"), call(10, 14, 1)]
    found = one(run([PHASE], calls), slo_s=5)
    assert (found.failures, found.abstained) == ({}, 0.5)
    assert (found.rollouts_s, found.goodput_rollouts_s, found.verdicts_s) == (0.2, 0.1, 0.1)


def test_goodput_leaves_out_slow_rollouts_and_needs_a_limit() -> None:
    made = run([PHASE], TWO_ROLLOUTS, target=TWO)
    assert one(made, slo_s=5).goodput_rollouts_s == 0.1
    assert one(made, slo_s=6).goodput_rollouts_s == 0.2
    assert one(made).goodput_rollouts_s is None


def test_a_burst_is_measured_from_its_start_to_its_last_answer() -> None:
    calls = [call(5, 7, 0), call(5, 9, 1), call(5, 13, 2), call(5, 6, 3)]
    found = one(run([Phase("burst", 4, 5, 5, 13.2)], calls))
    assert (found.step_s, found.seconds, found.rollouts_s) == (8, 8, 0.5)
    assert found.offered_rollouts_s is None
    assert found.client.late_p99_s is None


def test_the_step_of_several_bursts_is_their_mean() -> None:
    phases = [Phase("burst", 1, at, at, at + 9, repeat) for repeat, at in enumerate((0, 10, 20))]
    calls = [
        replace(call(at, at + took, n), phase=n) for n, (at, took) in enumerate(((0, 1), (10, 2), (20, 3)))
    ]
    found = one(run(phases, calls))
    assert (found.repeats, found.step_s, found.sampled) == (3, 2, "repeat")
    assert found.samples["step"] == [1, 2, 3]
    assert found.intervals["step"].low == pytest.approx(2 - 4.302653 / 3**0.5)


def test_a_burst_that_was_stopped_has_no_step_time() -> None:
    calls = [call(5, 7, 0), call(5, 9, 1, cause="shutdown")]
    made = replace(run([Phase("burst", 2, 5, 5, 9)], calls), interrupted=True)
    found = one(made)
    assert found.step_s is None
    assert (found.seconds, found.rollouts_s, found.failures) == (4, 0.25, {})


def test_a_rollout_that_was_stopped_half_way_counts_nowhere() -> None:
    calls = [call(10, 12, 0), call(10, 14, 0), call(13, 15, 1)]
    made = run([PHASE], calls, target=TWO)
    assert one(made).rollouts_s == 0.2
    assert one(replace(made, interrupted=True)).rollouts_s == 0.1


def test_a_reward_call_carries_rollouts_some_of_which_may_fail() -> None:
    calls = [
        call(10, 12, 0, rollouts=8, verdicts=40),
        call(10, 14, 8, 1, rollouts=8, verdicts=30, cause="judge_timeout", unscored=2),
        call(10, 11, 16, 2, rollouts=8, verdicts=0, cause="judge_unreachable", unscored=8),
    ]
    found = one(run([PHASE], calls, target=Target("reward", "http://r", group_size=8, questions=5)))
    assert (found.rollouts_s, found.verdicts_s, found.offered_rollouts_s) == (1.4, 7.0, 2.4)
    assert found.failures == {
        "judge_unreachable": pytest.approx(1 / 3),
        "judge_timeout": pytest.approx(0.25 / 3),
    }
    assert found.group_latency is not None
    assert (found.group_latency.count, found.group_latency.max) == (2, 4)


def test_tokens_come_from_replies() -> None:
    calls = [
        call(10, 12, 0, prompt_tokens=400, cached_tokens=320, completion_tokens=1),
        call(10, 13, 1, prompt_tokens=600, cached_tokens=480, completion_tokens=1),
    ]
    found = one(run([PHASE], calls))
    assert found.cache_hit_rate == 0.8
    rates = found.tokens_s
    assert [rates.prompt, rates.prefill, rates.cached, rates.decode] == pytest.approx([100, 20, 80, 0.2])


@pytest.mark.parametrize(("cached", "hit_rate"), [(250, 0.25), (0, 0.0), (None, None)])
def test_the_engine_is_asked_for_cached_tokens_that_no_reply_names(
    cached: int | None, hit_rate: float
) -> None:
    made = run([PHASE], [call(10, 12, 0, prompt_tokens=1000, completion_tokens=1)])
    found = one(replace(made, engine={0: EngineTokens(1000, cached, 1)}))
    assert found.cache_hit_rate == hit_rate
    assert found.tokens_s.prompt == 100
    assert found.tokens_s.prefill == (None if hit_rate is None else 100 * (1 - hit_rate))


def test_a_server_that_says_nothing_has_no_token_rates() -> None:
    found = one(run([PHASE], [call(10, 12, 0)]))
    assert (found.tokens_s.prompt, found.tokens_s.decode, found.cache_hit_rate) == (None, None, None)


def test_fairness_of_two_clients() -> None:
    calls = [replace(call(10 + n, 11 + n, n), client=n % 2 and n % 4 == 1) for n in range(8)]
    assert one(run([PHASE], calls)).fairness == pytest.approx(64 / (2 * (36 + 4)))
    assert one(run([PHASE], calls[:1])).fairness is None


@pytest.mark.parametrize(("shape", "limited"), [("closed", True), ("constant", False)])
def test_a_closed_loop_that_holds_too_few_calls_is_the_clients_fault(shape: Shape, limited: bool) -> None:
    calls = [call(10 + n / 2, 10.5 + n / 2, n) for n in range(20)]  # one at a time
    found = one(run([Phase(shape, 4, 0, 10, 20)], calls))
    assert found.client.in_flight == 1
    assert found.client_limited == limited
    if limited:
        assert found.client.limited_by[0].startswith("only 1 of 4 calls were in flight")


def sights(cpu: float, lag_s: float) -> Sequence[Sight]:
    return [Sight(10 + n / 4, cpu, lag_s, 1) for n in range(40)]


@pytest.mark.parametrize(
    ("cpu", "lag_s", "sent_late_s", "reason"),
    [
        (0.95, 0.001, 0, "used 95% of its core"),
        (0.3, 0.4, 0, "event loop was 400 ms late on average"),
        (0.3, 0.001, 0.4, "calls were sent 400 ms late on average"),
        (0.3, 0.24, 0.09, None),
        (0.3, 0.26, 0.09, "event loop was 260 ms late on average"),
        (0.3, 0.24, 0.11, "calls were sent 110 ms late on average"),
    ],
)
def test_what_is_the_clients_fault(cpu: float, lag_s: float, sent_late_s: float, reason: str | None) -> None:
    calls = [replace(call(10 + n, 11 + n, n), sent=10 + n + sent_late_s) for n in range(9)]
    found = one(run([PHASE], calls, sights(cpu, lag_s)))
    assert found.client_limited == (reason is not None)
    if reason:
        assert reason in found.client.limited_by[0]
        assert "use a smaller load, or a machine with cores to spare" in found.client.limited_by[0]


def test_a_judge_that_is_down_is_not_the_clients_fault() -> None:
    calls = [call(10 + n / 10, 10 + n / 10, n, cause="judge_unreachable") for n in range(100)]
    found = one(run([Phase("closed", 4, 0, 10, 20)], calls))
    assert not found.client_limited
    assert (found.failures, found.latency, found.rollouts_s) == ({"judge_unreachable": 1}, None, 0)


def test_seconds_give_samples_and_intervals() -> None:
    calls = [call(10 + n / 4, 10.125 + n / 4, n) for n in range(40)]
    found = one(run([PHASE], calls), slo_s=1)
    assert (found.sampled, len(found.samples["rollouts_s"])) == ("second", 10)
    assert found.samples["rollouts_s"] == found.samples["goodput"] == [4.0] * 10
    assert found.intervals["rollouts_s"].low == found.intervals["rollouts_s"].high == 4
    assert found.intervals["p99"].low == pytest.approx(0.125, rel=0.012)
    assert found.intervals["failures"].high == 0


def test_too_short_a_measurement_has_samples_and_no_interval() -> None:
    found = one(
        run([Phase("constant", 4, 0, 10, 15)], [call(10 + n / 4, 10.1 + n / 4, n) for n in range(20)])
    )
    assert len(found.samples["calls_s"]) == 5
    assert found.intervals == {}
