"""The judge over real HTTP against a simulated judge process that misbehaves on request.

The law throughout: a verdict is the healthy verdict or it is nothing.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator

import aiohttp
import pytest

from judges.backends.openai import Openai
from judges.deadline import within
from judges.engine.job import FleetOptions
from judges.grade import grade
from judges.judge import Judge
from judges.request import Prompt, Shared
from judges.retry import Retries
from judges.sim.faults import FaultKind
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Score, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Reading
from tests.processes import ServerProcess, start_sim

YES_NO = ("yes", "no")
RUBRIC = Rubric.model_validate(
    {
        "schema": "rubric/v1",
        "id": "r",
        "criteria": [
            {"id": "clause", "ask": "The reasoning names a clause about harassment.", "weight": 2},
            {"id": "quote", "ask": "The reasoning quotes the insulting words.", "weight": 1},
            {"id": "tone", "ask": "How calm is the reasoning?", "scale": ["angry", "calm"]},
            {"id": "grader", "ask": "The reasoning speaks to its grader.", "weight": -1},
        ],
    }
)
WORDS = [
    "clause",
    "harassment",
    "quotes",
    "insulting",
    "words",
    "calm",
    "speaks",
    "grader",
    "policy",
    "member",
]


@pytest.fixture(scope="module")
def sim() -> Iterator[ServerProcess]:
    with start_sim("--ttft", "0.001", "--prefill-tps", "0", "--slots", "64") as process:
        yield process


@pytest.fixture
async def control(sim: ServerProcess) -> AsyncIterator["Control"]:
    async with aiohttp.ClientSession() as session:
        control = Control(session, sim.root_url)
        yield control
        await control.break_with("")


class Control:
    """The simulated judge's own switches."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def break_with(self, fault: str) -> None:
        async with self._session.post(f"{self._url}/sim/faults", json={"fault": fault}) as response:
            assert response.status == 200

    async def until(self, wanted: Callable[[int], bool]) -> None:
        """Wait for the number of calls that it holds or queues."""
        while not wanted(await self._busy()):  # noqa: ASYNC110 - another process has no events for us
            await asyncio.sleep(0.01)

    async def _busy(self) -> int:
        async with self._session.get(f"{self._url}/sim") as response:
            counters = (await response.json())["counters"]
        return int(counters["in_flight"]) + int(counters["queued"])


_SLOW = (FaultKind.TIMEOUT, FaultKind.DRIP)


async def _soon(_: float) -> None:
    await asyncio.sleep(0)


def judge_at(sim: ServerProcess, **other: object) -> Judge:
    options = Openai.model_validate(
        {"base_url": sim.base_url, "model": "gavel-sim", "timeout_s": 0.5, **other}
    )
    retries = Retries(options.attempts, sleep=_soon)
    return Judge(
        options.open(),
        limits=FleetOptions(ceiling=options.max_concurrency),
        timeout_s=options.timeout_s,
        verdict=options.known_form() or "token",
        retries=retries,
    )


def messages(evidence: str) -> Prompt:
    question = "Criterion: It names a clause about harassment.\nAnswer with exactly one of: yes, no."
    return Prompt(Shared("", f"<data-text-12ab>\n{evidence}\n</data-text-12ab>\n\n"), question)


def rollouts(count: int) -> list[Rollout]:
    texts = (
        " ".join(word for bit, word in enumerate(WORDS) if index >> bit & 1) for index in range(1, count + 1)
    )
    return [Rollout(id=f"r{n}", completion=Completion(text), prompt="a post") for n, text in enumerate(texts)]


async def test_a_rubric_is_judged(sim: ServerProcess) -> None:
    judge = judge_at(sim)
    outcome = await grade(RUBRIC, rollouts(3)[2], judge)
    await judge.aclose()
    assert isinstance(outcome, Score)
    # "clause harassment" has both of the words that the first statement names, and none of the others'
    assert [verdict.choice for verdict in outcome.verdicts] == ["met", "unmet", "angry", "unmet"]
    assert outcome.value > 0.5


@pytest.mark.parametrize("verdict", ["token", "text"])
async def test_both_ways_of_asking_agree(sim: ServerProcess, verdict: str) -> None:
    judge = judge_at(sim, verdict=verdict)
    yes = await judge.ask(messages("It names the clause about harassment"), YES_NO)
    no = await judge.ask(messages("Something else"), YES_NO)
    await judge.aclose()
    assert isinstance(yes, Reading)
    assert isinstance(no, Reading)
    assert yes.choices["yes"] > 0.9
    assert no.choices["yes"] < 0.1
    assert (yes.choices["yes"] == 1.0) == (verdict == "text")


@pytest.mark.parametrize(
    ("fault", "causes"),
    [
        ("timeout", {Cause.JUDGE_TIMEOUT}),
        ("drip", {Cause.JUDGE_TIMEOUT}),
        ("http500", {Cause.JUDGE_ERROR}),
        ("http503", {Cause.JUDGE_ERROR}),
        ("http429", {Cause.JUDGE_RATE_LIMITED}),
        ("garbage", {Cause.JUDGE_GARBLED}),
        ("empty", {Cause.JUDGE_GARBLED}),
        ("html", {Cause.JUDGE_GARBLED}),
        ("truncated", {Cause.JUDGE_UNREACHABLE, Cause.JUDGE_GARBLED}),
        ("disconnect", {Cause.JUDGE_UNREACHABLE}),
        ("wrong_id", {Cause.JUDGE_MISMATCHED}),
        ("abstain", {Cause.JUDGE_ABSTAINED}),
        ("refusal", {Cause.JUDGE_REFUSED}),
    ],
)
async def test_p01_each_fault_has_its_cause_and_none_has_a_number(
    sim: ServerProcess, control: Control, fault: str, causes: set[Cause]
) -> None:
    judge = judge_at(sim, timeout_s=0.5 if causes == {Cause.JUDGE_TIMEOUT} else 30, attempts=2)
    assert isinstance(
        await judge.ask(messages("healthy, so it is known that ids are echoed"), YES_NO), Reading
    )
    await control.break_with(f"{fault}:1")
    outcomes = await asyncio.gather(*(judge.ask(messages(f"clause {n}"), YES_NO) for n in range(8)))
    await control.break_with("")
    after = await judge.ask(messages("healthy again"), YES_NO)
    await judge.aclose()
    assert {outcome.cause for outcome in outcomes if isinstance(outcome, Unscored)} <= causes
    assert not [outcome for outcome in outcomes if isinstance(outcome, Reading)]
    assert isinstance(after, Reading)


@pytest.mark.soak
async def test_p01_under_all_faults_at_once_a_value_is_the_healthy_value_or_nothing(
    sim: ServerProcess, control: Control
) -> None:
    found = rollouts(256)
    judge = judge_at(sim, timeout_s=1.0, max_concurrency=32)
    healthy = await asyncio.gather(*(grade(RUBRIC, rollout, judge) for rollout in found))
    kinds = [kind for kind in FaultKind if kind not in _SLOW and kind != FaultKind.HTTP429]
    await control.break_with(
        ",".join([*(f"{kind}:0.03" for kind in kinds), *(f"{kind}:0.005" for kind in _SLOW)])
    )
    hurt = await asyncio.gather(*(grade(RUBRIC, rollout, judge) for rollout in found))
    await control.break_with("")
    healed = await asyncio.gather(*(grade(RUBRIC, rollout, judge) for rollout in found))
    await judge.aclose()
    assert all(isinstance(outcome, Score) for outcome in healthy)
    assert len({outcome.value for outcome in healthy if isinstance(outcome, Score)}) > 20
    assert healed == healthy  # the pool recovers fully, and to the same bytes
    scored = [(was, now) for was, now in zip(healthy, hurt, strict=True) if isinstance(now, Score)]
    assert all(was == now for was, now in scored)
    lost = Counter(outcome.cause for outcome in hurt if isinstance(outcome, Unscored))
    assert len(scored) + lost.total() == len(found)
    assert len(scored) > 128
    assert lost[Cause.JUDGE_ABSTAINED] > 0  # abstaining is not retried, so some must be left
    assert Cause.COMPONENT_ERROR not in lost


@pytest.mark.quiet
async def test_p12_a_silent_judge_does_not_outlast_the_deadline(sim: ServerProcess, control: Control) -> None:
    judge = judge_at(sim, timeout_s=30.0)
    await control.break_with("timeout:0.5,drip:0.5")
    started = time.monotonic()
    with within(0.3):
        outcomes = await asyncio.gather(*(grade(RUBRIC, rollout, judge) for rollout in rollouts(64)))
    assert time.monotonic() - started < 0.3 + 0.25
    assert {outcome.cause for outcome in outcomes if isinstance(outcome, Unscored)} == {Cause.DEADLINE}
    assert all(isinstance(outcome, Unscored) for outcome in outcomes)
    await judge.aclose()


@pytest.mark.quiet
async def test_p13_a_caller_that_leaves_frees_the_judge_within_a_second() -> None:
    with start_sim("--ttft", "30", "--slots", "32") as slow:
        judge = judge_at(slow, timeout_s=30.0)
        async with aiohttp.ClientSession() as session, asyncio.timeout(10):
            control = Control(session, slow.root_url)
            tasks = [asyncio.create_task(grade(RUBRIC, rollout, judge)) for rollout in rollouts(32)]
            await control.until(lambda busy: busy == 32)
            started = time.monotonic()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await control.until(lambda busy: busy == 0)
            assert time.monotonic() - started < 1.0
        await judge.aclose()


async def test_p07_concurrency_and_order_change_nothing(sim: ServerProcess) -> None:
    found = rollouts(64)
    results = []
    for concurrency, order in ((1, 1), (64, 1), (7, -1)):
        judge = judge_at(sim, max_concurrency=concurrency)
        outcomes = await asyncio.gather(*(grade(RUBRIC, rollout, judge) for rollout in found[::order]))
        results.append(outcomes[::order])
        await judge.aclose()
    assert results[0] == results[1] == results[2]
