import pytest
from msgspec.structs import replace

from reward_server.load.figures.summary import report
from reward_server.load.record import Phase, Record, Run, Target
from tests.reward_server.load.figures.making import closed, opened, run, watched


def without_engine(made: Run) -> Run:
    return replace(made, sights=[replace(sight, running=None, waiting=None) for sight in made.sights])


def test_calls_that_wait_in_the_engine_are_the_judges_doing() -> None:
    limit = report(closed([1, 8, 32], slots=8, service_s=0.25)).limit
    assert limit.who == "judge"
    assert limit.evidence == [
        "At 32 calls in flight, 24 calls waited in the judge's own queue on average.",
        (
            "From 8 to 32 calls in flight, throughput went from 32 to 32 rollouts/s and the median call from "
            "250 ms to 1 s."
        ),
        "The engine never worked on more than 8 calls at once.",
        "The load generator used 10% of a core; its event loop was 1 ms late (p99).",
    ]


def test_a_judge_without_metrics_is_found_out_by_its_latency() -> None:
    limit = report(without_engine(closed([1, 8, 32], slots=8, service_s=0.25))).limit
    assert limit.who == "judge"
    assert limit.evidence[0].startswith("From 8 to 32 calls in flight, throughput went from 32 to 32")


def test_an_open_load_that_is_left_undone_is_the_judges_doing() -> None:
    limit = report(opened([10, 60], slots=8, service_s=0.2)).limit
    assert limit.who == "judge"
    assert limit.evidence[0] == "40 rollouts/s were done of 60 offered."


def test_a_queue_that_grows_is_told() -> None:
    made = opened([60], slots=8, service_s=0.2)
    growing = [replace(sight, running=8, waiting=number) for number, sight in enumerate(made.sights)]
    assert "and more and more" in report(replace(made, sights=growing)).limit.evidence[0]


def test_refusals_are_the_judges_doing() -> None:
    made = without_engine(closed([4], slots=8, service_s=0.25))
    records = [
        replace(call, cause="judge_rate_limited") if n % 10 == 0 else call
        for n, call in enumerate(made.records)
    ]
    limit = report(replace(made, records=records)).limit
    assert limit.who == "judge"
    assert limit.evidence[0] == "9.9% of calls were refused because of load."


@pytest.mark.parametrize("cpu", [0.9, 1.4])
def test_a_busy_client_is_the_limit_and_no_rate_is_reported(cpu: float) -> None:
    made = closed([8, 32], slots=8, service_s=0.25)
    found = report(replace(made, sights=[replace(sight, cpu=cpu) for sight in made.sights]))
    assert found.limit.who == "client"
    assert "At 8 calls in flight, the load generator used" in found.limit.evidence[0]
    assert (found.knee, found.sustained_rollouts_s) == (None, None)
    assert found.verdict.startswith("No rate is reported, because the load generator was the limit.")
    assert "rollouts/s" not in found.verdict


def test_a_client_that_is_busy_beyond_the_knee_spoils_nothing() -> None:
    made = closed([1, 4, 8, 16, 64], slots=8, service_s=0.25)
    last = made.phases[-1].start
    found = report(replace(made, sights=[replace(s, cpu=0.99) if s.at >= last else s for s in made.sights]))
    assert found.knee is not None
    assert (found.knee.load, found.limit.who) == (8, "judge")
    assert [phase.client_limited for phase in found.phases] == [False] * 4 + [True]
    assert found.notes == [
        "The client limited 64 calls in flight: no conclusion uses what was measured there."
    ]


def test_a_light_load_meets_no_limit() -> None:
    assert report(closed([1, 4], slots=8, service_s=0.25)).limit.who == "none"
    assert report(without_engine(closed([1, 4], slots=8, service_s=0.25))).limit.who == "none"
    limit = report(opened([10], slots=8, service_s=0.2)).limit
    assert (limit.who, limit.evidence[0]) == ("none", "All of 10 rollouts/s offered were done.")


def test_one_load_against_a_silent_judge_proves_nothing() -> None:
    limit = report(without_engine(closed([8], slots=8, service_s=0.25))).limit
    assert limit.who == "unknown"
    assert "try several" in limit.evidence[0]


def reward_run(server_s: float | None, judge_s: float | None) -> Run:
    """A URL whose throughput does not grow from 4 to 16 calls in flight."""
    made = without_engine(closed([4, 16], slots=4, service_s=0.25))
    records = [
        replace(
            call, server_s=server_s and server_s * call.latency, judge_s=judge_s and judge_s * call.latency
        )
        for call in made.records
    ]
    return replace(made, records=records, target=Target("reward", "http://127.0.0.1:8900"))


@pytest.mark.parametrize(
    ("server_share", "judge_share", "who"),
    [
        (0.95, 0.9, "judge"),
        (0.95, 0.5, "judge"),
        (0.95, 0.1, "server"),
        (0.95, None, "server"),
        (0.2, 0.1, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_who_is_it_behind_a_reward_url(
    server_share: float | None, judge_share: float | None, who: str
) -> None:
    assert report(reward_run(server_share, judge_share)).limit.who == who


def test_a_queue_at_the_reward_servers_judge_is_the_judges() -> None:
    made = replace(closed([4, 16], slots=4, service_s=0.25), target=Target("reward", "http://127.0.0.1:8900"))
    found = report(made)
    limit = found.limit
    assert limit.who == "judge"
    assert "As the reward server sees it, its judge is the limit: at 16 calls" in found.verdict
    assert limit.evidence[0] == (
        "At 16 calls in flight, 12 calls to the judge waited in the reward server for their turn on average."
    )
    assert limit.evidence[3].startswith("That is how the reward server sees its judge")


def test_nothing_answered_is_unknown() -> None:
    phase = Phase("closed", 1, 0, 1, 11)
    calls = [Record(n, n, n + 0.5, n, n, cause="judge_unreachable") for n in range(10)]
    limit = report(run([phase], calls, watched(phase, 1, None))).limit
    assert (limit.who, limit.evidence) == ("unknown", ["No call was answered."])


def test_one_hiccup_spoils_percentiles_and_no_rate() -> None:
    made = closed([8, 16], slots=8, service_s=0.25)
    sights = [replace(s, lag_s=0.2) if number == 20 else s for number, s in enumerate(made.sights)]
    found = report(replace(made, sights=sights))
    assert not found.phases[0].client_limited
    assert (
        "At 8 calls in flight, p99 and above hold delays of the client's own, of up to 200 ms." in found.notes
    )


def test_a_reward_server_whose_core_is_busy_is_the_limit_itself() -> None:
    made = replace(closed([4, 16], slots=4, service_s=0.25), target=Target("reward", "http://127.0.0.1:8900"))
    busy = replace(made, sights=[replace(sight, server_cpu=0.97) for sight in made.sights])
    idle = replace(made, sights=[replace(sight, server_cpu=0.2) for sight in made.sights])
    found = report(busy).limit
    assert found.who == "server"
    assert any("97% of a core" in line for line in found.evidence), found.evidence
    assert report(idle).limit.who == "judge"
