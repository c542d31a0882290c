"""Load tests of a real simulated judge, over real HTTP."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from judges.backends.openai import Openai
from judges.probe.get import get
from reward_server.load.driver import drive
from reward_server.load.engine_metrics import state_of
from reward_server.load.judge_target import JudgeTarget
from reward_server.load.record import EngineTokens, Run
from reward_server.load.schedule import Schedule
from reward_server.load.workload.texts import Sizes, made_up_texts
from rubrics.rubric import Rubric
from tests.processes import ServerProcess, start_sim

CRITERIA: Sequence[dict[str, object]] = [
    {"id": "fair", "ask": "The text is fair."},
    {"id": "long", "ask": "How long is it?", "scale": ["short", "middling", "long"]},
    {"id": "clear", "ask": "The text is clear.", "samples": 3},
]
SIZES = Sizes(group=100, rollout=50)


def rubric(**more: object) -> Rubric:
    return Rubric.model_validate({"schema": "rubric/v1", "id": "r", "criteria": CRITERIA, **more})


def target(server: ServerProcess, asked: Rubric, **options: object) -> JudgeTarget:
    told = {"base_url": server.base_url, "model": "gavel-sim", **options}
    return JudgeTarget(Openai.model_validate(told), asked, made_up_texts(asked, SIZES, 4, 0), run=1)


async def burst(server: ServerProcess, asked: Rubric, **options: object) -> Run:
    schedule = Schedule(shape="burst", loads=[8], warmup_s=0.0)
    return await drive(target(server, asked, **options), schedule)


@pytest.fixture(scope="module")
def sim() -> Iterator[ServerProcess]:
    with start_sim("--ttft", "0.005", "--prefill-tps", "0") as server:
        yield server


async def counted(server: ServerProcess) -> EngineTokens:
    return state_of((await get(f"{server.root_url}/metrics", {})).body).tokens


async def test_tokens_are_those_that_the_engine_counted(sim: ServerProcess) -> None:
    found = await burst(sim, rubric(), verdict="token")
    records = found.records
    assert len(records) == 8 * 5  # one question, one scale, three votes
    assert {record.cause for record in records} == {None}
    assert found.engine[0] == EngineTokens(
        sum(record.prompt_tokens for record in records),
        sum(record.cached_tokens for record in records),
        sum(record.completion_tokens for record in records),
    )
    assert 0.5 < sum(r.cached_tokens for r in records) / sum(r.prompt_tokens for r in records) < 0.95
    assert found.target.questions == 5
    assert found.target.group_size == 4


async def test_a_second_pass_over_the_same_texts_finds_nothing_in_the_prefix_cache(
    sim: ServerProcess,
) -> None:
    """Or a load test would be faster than training: marks stand ahead of all that is not the rubric's."""
    asked = rubric()
    once = JudgeTarget(
        Openai.model_validate({"base_url": sim.base_url, "model": "m", "verdict": "token"}),
        asked,
        made_up_texts(asked, SIZES, 4, 0)[:1],
        run=2,
    )
    schedule = Schedule(shape="burst", loads=[4], warmup_s=0.0, repeats=3)
    found = await drive(once, schedule)
    computed = Counter[int]()
    for record in found.records:
        computed[record.phase] += record.prompt_tokens - record.cached_tokens
    assert computed[1] == pytest.approx(computed[0], rel=0.2)
    assert computed[2] == computed[1]
    assert computed[1] > 100 + 4 * 50  # the group's text once, and each rollout's


async def test_the_endpoint_is_probed_for_its_form_before_anything_is_measured(sim: ServerProcess) -> None:
    found = await burst(sim, rubric())
    assert {record.verdicts for record in found.records} == {1}


async def test_a_judge_that_reasons_first_is_called_twice(sim: ServerProcess) -> None:
    found = await burst(sim, rubric(judge={"reason_first": True}), verdict="token")
    assert len(found.records) == 8 * 10
    assert sum(record.verdicts for record in found.records) == 8 * 5
    assert found.target.questions == 10
    first = min(record.done for record in found.records if record.verdicts)
    assert all(record.due >= found.phases[0].start for record in found.records if record.done <= first)


async def test_statements_on_one_sheet_are_one_call(sim: ServerProcess) -> None:
    single = [{"id": f"c{n}", "ask": f"It names clause {n}."} for n in range(4)]
    found = await burst(sim, rubric(criteria=single, judge={"mode": "all"}), verdict="token")
    assert len(found.records) == 8
    assert {record.verdicts for record in found.records} == {4}


async def test_faults_are_told_by_their_cause() -> None:
    with start_sim("--ttft", "0", "--prefill-tps", "0", "--fault", "http500:0.3,garbage:0.3") as server:
        found = await burst(server, rubric(), verdict="token")
    causes = Counter(record.cause for record in found.records)
    assert len(found.records) == 40  # nothing is tried again
    assert causes["judge_error"] > 2
    assert causes["judge_garbled"] > 2
    assert causes[None] > 5
    assert all(record.verdicts == (record.cause is None) for record in found.records)


async def test_a_call_that_takes_too_long_is_a_timeout() -> None:
    with start_sim("--ttft", "5") as server:
        found = await burst(server, rubric(), verdict="token", timeout_s=0.3)
    assert {record.cause for record in found.records} == {"judge_timeout"}
    assert all(0.25 < record.latency < 3 for record in found.records)


@pytest.mark.quiet
async def test_throughput_is_slots_over_service_time() -> None:
    with start_sim("--ttft", "0.05", "--prefill-tps", "0", "--slots", "8") as server:
        schedule = Schedule(loads=[16], seconds=1.5, warmup_s=0.3)
        found = await drive(target(server, rubric(), verdict="token"), schedule)
    (phase,) = found.phases
    done = sum(phase.warm <= record.done < phase.end for record in found.records)
    assert done / 1.5 == pytest.approx(8 / 0.05, rel=0.2)
    assert max(sight.running or 0 for sight in found.sights) == 8
    assert max(sight.waiting or 0 for sight in found.sights) == 8
