"""Load tests of a server that is arithmetic, in virtual time: exact, and over in milliseconds."""

import asyncio
import os
import signal
from collections import Counter

import pytest

from reward_server.load.call import Answer
from reward_server.load.driver import drive, interruptible
from reward_server.load.progress import Progress
from reward_server.load.record import Run
from reward_server.load.schedule import Schedule
from reward_server.load.sweep import Sweep
from tests.judges.virtual_time import simulate
from tests.reward_server.load.stand_in import StandIn, StandInClient, p99, run


def test_a_closed_load_keeps_exactly_so_many_calls_under_way() -> None:
    server = StandIn(0.1)
    found = run(server, Schedule(loads=[7], seconds=3.0, warmup_s=1.0))
    (phase,) = found.phases
    assert server.most == 7
    assert {sight.in_flight for sight in found.sights if sight.at < phase.end} == {7}
    measured = [record for record in found.records if phase.warm <= record.due < phase.end]
    assert len(measured) == pytest.approx(7 * 30, abs=7)
    assert {round(record.latency, 6) for record in measured} == {0.1}


def test_a_rollout_that_was_begun_is_finished() -> None:
    found = run(StandIn(0.1, questions=5), Schedule(loads=[2], seconds=1.04, warmup_s=0.0))
    assert set(Counter(record.rollout for record in found.records).values()) == {5}
    assert max(record.due for record in found.records) > found.phases[0].end


def test_phases_follow_each_other_and_do_not_overlap() -> None:
    found = run(StandIn(0.3), Schedule(loads=[1, 4], seconds=1.0, warmup_s=0.5, repeats=2))
    assert [(phase.load, phase.repeat) for phase in found.phases] == [(1, 0), (4, 0), (1, 1), (4, 1)]
    for number, phase in enumerate(found.phases):
        own = [record for record in found.records if record.phase == number]
        assert all(record.due >= phase.start for record in own)
        assert number == 3 or max(record.done for record in own) <= found.phases[number + 1].start
    rollouts = [record.rollout for record in found.records]
    assert sorted(rollouts) == list(range(len(rollouts)))


def test_an_open_load_sends_what_is_due_whatever_is_under_way() -> None:
    found = run(StandIn(5.0), Schedule(shape="constant", loads=[10], seconds=4.0, warmup_s=0.0))
    assert [round(record.due, 6) for record in found.records] == [round(n / 10, 6) for n in range(40)]
    assert all(record.sent - record.due < 1e-6 for record in found.records)
    assert max(sight.in_flight for sight in found.sights) == 40


def test_a_stall_shows_in_every_call_that_was_due_in_it() -> None:
    """No coordinated omission: 1 s of standing still in 10 s is 10 % of the calls, not one."""
    server = StandIn(0.01, stall=(4.995, 5.995))
    found = run(server, Schedule(shape="constant", loads=[100], seconds=10.0, warmup_s=0.0))
    late = [record for record in found.records if 4.995 <= record.due < 5.995]
    assert len(late) == 100
    for record in late:
        assert record.latency == pytest.approx(5.995 - record.due + 0.01, abs=1e-3)
    assert p99(found.records) == pytest.approx(0.91, abs=0.02)
    assert sum(record.latency > 0.5 for record in found.records) == pytest.approx(51, abs=1)


def test_one_slot_that_stalls_delays_all_that_waits_behind() -> None:
    server = StandIn(0.01, slots=1, stall=(2.0, 3.0))
    found = run(server, Schedule(shape="constant", loads=[50], seconds=5.0, warmup_s=0.0))
    # at the end of the stall 51 calls wait, and 50 more arrive while they are served: 2 s until all is well
    assert sum(record.latency > 0.02 for record in found.records) == pytest.approx(100, abs=3)
    assert p99(found.records) == pytest.approx(0.99, abs=0.03)


def test_a_poisson_load_meets_queueing_theory() -> None:
    """M/D/1 at rho = 70 %: the mean wait is rho s / (2 (1 - rho)), 11.67 ms for s = 10 ms."""
    server = StandIn(0.01, slots=1)
    found = run(server, Schedule(shape="poisson", loads=[70], seconds=100.0, warmup_s=5.0), seed=1)
    (phase,) = found.phases
    waits = [record.latency - 0.01 for record in found.records if record.due >= phase.warm]
    assert sum(waits) / len(waits) == pytest.approx(0.01 * 0.7 / (2 * 0.3), rel=0.1)


def test_a_burst_is_due_at_once() -> None:
    server = StandIn(0.1, slots=8, questions=4, group_size=4)
    found = run(server, Schedule(shape="burst", loads=[16], repeats=2, warmup_s=0.0))
    for number, phase in enumerate(found.phases):
        own = [record for record in found.records if record.phase == number]
        assert len(own) == 16 * 4
        assert {record.due for record in own} == {phase.start}
        assert phase.warm == phase.start
        assert phase.end == pytest.approx(phase.start + 64 / 8 * 0.1)  # 64 calls, 8 slots, 0.1 s each
    assert server.most == 64


def test_a_burst_with_a_cap_counts_the_wait_for_it() -> None:
    server = StandIn(0.1)
    found = run(server, Schedule(shape="burst", loads=[10], in_flight=2, warmup_s=0.0))
    assert server.most == 2
    assert max(record.latency for record in found.records) == pytest.approx(0.5)
    assert Counter(round(record.sent - record.due, 6) for record in found.records)[0.4] == 2


def test_a_burst_before_the_first_warms_up_unrecorded() -> None:
    server = StandIn(0.1)
    found = run(server, Schedule(shape="burst", loads=[10], repeats=3))
    assert server.calls == 40
    assert len(found.records) == 30
    assert {record.phase for record in found.records} == {0, 1, 2}


def test_calls_that_never_end_are_failures() -> None:
    schedule = Schedule(loads=[3], seconds=1.0, warmup_s=0.0, drain_s=2.0)
    found = run(StandIn(100.0), schedule)
    assert [(record.cause, round(record.latency, 6)) for record in found.records] == [("deadline", 3.0)] * 3


def test_causes_are_kept() -> None:
    found = run(StandIn(0.1, fails_every=5), Schedule(loads=[2], seconds=5.0, warmup_s=0.0))
    causes = Counter(record.cause for record in found.records)
    assert causes["judge_error"] == len(found.records) // 5
    assert all(record.verdicts == (record.cause is None) for record in found.records)


def test_two_clients_share_the_load() -> None:
    server = StandIn(0.1)
    found = run(server, Schedule(loads=[5], seconds=2.0, warmup_s=0.0, clients=2))
    calls = Counter(record.client for record in found.records)
    assert calls[0] / calls[1] == pytest.approx(3 / 2, rel=0.05)
    assert [client.calls for client in server.clients] == [calls[0], calls[1]]
    assert all(client.closed for client in server.clients)


def test_more_than_the_most_is_held_back_and_told() -> None:
    server = StandIn(1.0)
    schedule = Schedule(shape="constant", loads=[100], seconds=2.0, warmup_s=0.0, most_in_flight=20)
    found = run(server, schedule)
    assert server.most == 20
    assert "20 calls were under way" in found.notes[0]
    assert max(record.sent - record.due for record in found.records) > 1.0  # late, and said to be


def test_stopping_reports_what_there_is() -> None:
    async def stopped() -> Run:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(2.45, stop.set)
        schedule = Schedule(loads=[2, 4], seconds=60.0, warmup_s=0.5)
        return await drive(StandIn(0.1), schedule, stop=stop)

    found = simulate(stopped())
    assert found.interrupted
    (phase,) = found.phases
    assert phase.end == pytest.approx(2.45, abs=0.01)
    assert max(record.done for record in found.records) <= phase.end + 0.01
    assert Counter(record.cause for record in found.records) == {None: 2 * 24, "shutdown": 2}


def test_stopping_while_it_warms_up_leaves_nothing_that_counts() -> None:
    async def stopped() -> Run:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        return await drive(StandIn(0.1), Schedule(shape="burst", loads=[2]), stop=stop)

    found = simulate(stopped())
    assert found.interrupted
    assert (found.phases, found.records) == ([], [])


def test_a_sweep_finds_the_slots_of_a_server() -> None:
    found = run(StandIn(0.1, slots=24), Schedule(sweep=Sweep(), seconds=5.0, warmup_s=1.0))
    loads = [phase.load for phase in found.phases]
    assert loads[:7] == [1, 2, 4, 8, 16, 32, 64]
    assert any(23 <= load <= 28 for load in loads)


def test_progress_is_told_four_times_a_second() -> None:
    seen: list[Progress] = []
    schedule = Schedule(loads=[3], seconds=4.0, warmup_s=1.0)
    simulate(drive(StandIn(0.1), schedule, observe=seen.append))
    assert len(seen) == pytest.approx(20, abs=1)
    assert [progress.warming for progress in seen] == [True] * 3 + [seen[3].warming] + [False] * (
        len(seen) - 4
    )
    last = seen[-1]
    assert last.rollouts == pytest.approx(150, abs=6)
    assert last.rollouts_s == pytest.approx(30, rel=0.05)
    assert last.p99_s == pytest.approx(0.1)
    assert (last.phases, last.load, last.failures) == (1, 3, 0)


def test_a_bug_in_a_client_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(client: StandInClient, ask: int) -> Answer[int]:
        raise ZeroDivisionError

    monkeypatch.setattr(StandInClient, "send", broken)
    with pytest.raises(ZeroDivisionError):
        run(StandIn(), Schedule(loads=[1], seconds=1.0))


def test_equal_seeds_send_at_equal_times() -> None:
    schedule = Schedule(shape="poisson", loads=[20], seconds=5.0, warmup_s=0.0)
    first, second, other = (run(StandIn(), schedule, seed=seed) for seed in (3, 3, 4))
    dues = [[round(record.due, 6) for record in found.records] for found in (first, second, other)]
    assert dues[0] == dues[1] != dues[2]


async def test_ctrl_c_ends_a_run_long_before_its_time() -> None:
    pressed: list[float] = []

    def press(progress: Progress) -> None:
        if progress.rollouts > 2 and not pressed:  # a second time would end the tests
            pressed.append(progress.at)
            os.kill(os.getpid(), signal.SIGINT)

    with interruptible() as stop:
        found = await drive(StandIn(0.05), Schedule(loads=[2], seconds=60.0), observe=press, stop=stop)
    assert found.interrupted
    assert found.phases[-1].end < 30
    assert len(found.records) > 2


async def test_stopping_before_anything_was_measured() -> None:
    class Slow(StandIn):
        async def open(self) -> None:
            await asyncio.sleep(60)

    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, stop.set)
    found = await drive(Slow(), Schedule(loads=[2]), stop=stop)
    assert (found.interrupted, found.phases, found.records) == (True, [], [])
