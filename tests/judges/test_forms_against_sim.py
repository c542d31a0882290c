"""Every way of putting statements to judges, over real HTTP against the simulated judge, and its price."""

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest

from judges.backends.openai import Openai
from judges.cost.profile import Words, measured
from judges.cost.size import Step
from judges.cost.step import Rates, cost
from judges.deadline import within
from judges.engine.job import FleetOptions
from judges.grade import grade, grade_group
from judges.judge import Judge
from judges.prompts.token_count import estimated
from judges.request import Form
from judges.retry import Retries
from judges.sim.faults import FaultKind
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Json, Rollout
from rubrics.rubric import Rubric
from tests.processes import ServerProcess, start_sim

CLAUSE: dict[str, Json] = {"id": "clause", "ask": "The reasoning names a clause about harassment."}
QUOTE: dict[str, Json] = {"id": "quote", "ask": "The reasoning quotes insulting words."}
TONE: dict[str, Json] = {"id": "tone", "ask": "How calm is the reasoning?", "scale": ["angry", "calm"]}
GOOD = "First. It names the clause about harassment; it quotes insulting words. Calm it is."
BAD = "The member was banned for a reason."
WORDS = Words(reasoning=17)  # what the simulated judge says, in tokens


@pytest.fixture(scope="module")
def sim() -> Iterator[ServerProcess]:
    with start_sim("--ttft", "0.001", "--prefill-tps", "0", "--decode-tps", "0", "--slots", "64") as process:
        yield process


def judge_at(sim: ServerProcess, verdict: Form = "token", ceiling: int | None = None) -> Judge:
    options = Openai.model_validate({"base_url": sim.base_url, "model": "gavel-sim", "verdict": verdict})
    return Judge(
        options.open(),
        limits=FleetOptions(ceiling=ceiling, hedged=False),
        timeout_s=5.0,
        verdict=verdict,
        retries=Retries(1),
    )


def rubric(*criteria: dict[str, Json], **other: Json) -> Rubric:
    return Rubric.model_validate({"schema": "rubric/v1", "id": "r", "criteria": list(criteria), **other})


def rollout(text: str, number: int = 0) -> Rollout:
    return Rollout(id=f"r{number}", completion=Completion(text), prompt="a post")


async def graded(sim: ServerProcess, found: Rubric, text: str, verdict: Form = "token") -> Outcome:
    judge = judge_at(sim, verdict)
    outcome = await grade(found, rollout(text), judge)
    await judge.aclose()
    return outcome


MODES: dict[str, tuple[list[dict[str, Json]], dict[str, Json]]] = {
    "plain": ([CLAUSE, QUOTE], {}),
    "samples": ([CLAUSE, QUOTE], {"judge": {"samples": 3, "reduce": "majority"}}),
    "reasoned": ([CLAUSE, QUOTE], {"judge": {"reason_first": True}}),
    "together": ([CLAUSE, QUOTE, TONE], {"judge": {"mode": "all"}}),
    "together_listed": ([CLAUSE, QUOTE, TONE], {"judge": {"mode": "all"}, "layout": "listed"}),
    "overall": ([CLAUSE, QUOTE], {"aggregate": {"method": "holistic"}}),
    "overall_reasoned": ([CLAUSE], {"aggregate": {"method": "holistic"}, "judge": {"reason_first": True}}),
    "unsure": ([{**CLAUSE, "abstain": True}, {**TONE, "abstain": True}], {}),
    "quoted": ([{**CLAUSE, "evidence": "quote"}, {**QUOTE, "evidence": "quote", "abstain": True}], {}),
    "quoted_reasoned": ([{**CLAUSE, "evidence": "quote"}], {"judge": {"reason_first": True}}),
}


@pytest.mark.parametrize("verdict", ["token", "text"])
@pytest.mark.parametrize("mode", MODES)
async def test_good_texts_are_told_from_bad_ones(sim: ServerProcess, mode: str, verdict: Form) -> None:
    criteria, other = MODES[mode]
    found = rubric(*criteria, **other)
    good, bad = [await graded(sim, found, text, verdict) for text in (GOOD, BAD)]
    assert isinstance(good, Score)
    assert isinstance(bad, Score)
    assert good.value > 0.6
    assert bad.value < 0.4


async def test_the_reason_is_what_was_said(sim: ServerProcess) -> None:
    reasoned = await graded(sim, rubric(CLAUSE, judge={"reason_first": True}), GOOD)
    assert reasoned.verdicts[0].reason == "Simulated: 3 of 3 words of the question occur in the evidence."
    quoted = await graded(sim, rubric({**CLAUSE, "evidence": "quote"}), GOOD)
    assert quoted.verdicts[0].reason == "It names the clause about harassment; it quotes insulting words"


async def test_an_undecided_judge_abstains(sim: ServerProcess) -> None:
    """Two of the five words: p = 1/2, and the abstention has as much as yes and no together."""
    half = {"id": "half", "ask": "alpha bravo charlie delta echoes?", "abstain": True}
    outcome = await graded(sim, rubric(half), "alpha bravo")
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.JUDGE_ABSTAINED
    assert isinstance(await graded(sim, rubric({**half, "abstain": False}), "alpha bravo"), Score)


@pytest.mark.parametrize("mode", ["samples", "reasoned", "together", "overall", "quoted"])
async def test_p01_under_faults_a_value_is_the_healthy_value_or_nothing(
    sim: ServerProcess, mode: str
) -> None:
    criteria, other = MODES[mode]
    found = rubric(*criteria, **other)
    texts = [rollout(f"{GOOD if n % 2 else BAD} {n}", n) for n in range(48)]
    judge = judge_at(sim)
    healthy = await asyncio.gather(*(grade(found, text, judge) for text in texts))
    left_out = [FaultKind.TIMEOUT, FaultKind.DRIP, FaultKind.HTTP429]
    if mode == "quoted":  # babble in place of a quotation is a quotation that is made up
        left_out += [FaultKind.GARBAGE, FaultKind.ABSTAIN]
    await switched(sim, ",".join(f"{kind}:0.04" for kind in FaultKind if kind not in left_out))
    hurt = await asyncio.gather(*(grade(found, text, judge) for text in texts))
    await switched(sim, "")
    await judge.aclose()
    assert all(isinstance(outcome, Score) for outcome in healthy)
    scored = [(was, now) for was, now in zip(healthy, hurt, strict=True) if isinstance(now, Score)]
    assert 0 < len(scored) < len(texts)
    assert all(was.value == now.value for was, now in scored if isinstance(was, Score))
    assert Cause.COMPONENT_ERROR not in {outcome.cause for outcome in hurt if isinstance(outcome, Unscored)}


@pytest.mark.parametrize("mode", ["reasoned", "together", "quoted"])
async def test_p12_no_call_outlasts_the_deadline(sim: ServerProcess, mode: str) -> None:
    criteria, other = MODES[mode]
    await switched(sim, "timeout:1")
    judge = judge_at(sim)
    with within(0.2):
        outcome = await grade(rubric(*criteria, **other), rollout(GOOD), judge)
    await switched(sim, "")
    await judge.aclose()
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.DEADLINE


async def switched(sim: ServerProcess, fault: str) -> None:
    url = f"{sim.root_url}/sim/faults"
    async with aiohttp.ClientSession() as session, session.post(url, json={"fault": fault}) as response:
        assert response.status == 200


# -- what it costs ---------------------------------------------------------------------------------


def long_rollouts(group: int) -> list[Rollout]:
    """All of them met, so that each quotation is asked for."""
    texts = [GOOD + f" word{n} of{group}" * (9 + 4 * n) for n in range(6)]
    prompt = f"post {group} " * 40
    return [
        Rollout(id=f"{group}/{n}", completion=Completion(text), prompt=prompt) for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "samples"] + ["averaged", "panel"])
async def test_the_simulated_judge_counts_what_was_predicted(mode: str) -> None:
    averaged: tuple[list[dict[str, Json]], dict[str, Json]] = ([CLAUSE, QUOTE], {"judge": {"samples": 3}})
    criteria, other = {**MODES, "averaged": averaged, "panel": ([CLAUSE, QUOTE], {})}[mode]
    found, groups = rubric(*criteria, **other), [Group(f"g{n}", long_rollouts(n)) for n in range(4)]
    with start_sim("--ttft", "0.001", "--prefill-tps", "0", "--decode-tps", "0") as fresh:
        judges = [judge_at(fresh, ceiling=8) for _ in range(2 if mode == "panel" else 1)]
        for group in groups:
            outcomes = await grade_group(found, group, judges)
            assert all(isinstance(outcome, Score) for outcome in outcomes)
        counters = await counted(fresh)
        for judge in judges:
            await judge.aclose()
    step = Step(rollouts=24, group_size=6, judges=len(judges))
    layout = found.layout or "criterion_last"
    expected = cost(measured(found, layout, groups, estimated, WORDS), step, Rates())
    assert counters["calls"] == expected.calls
    assert expected.prompt_tokens == pytest.approx(counters["prompt_tokens"], rel=0.02)
    assert expected.decode_tokens == pytest.approx(counters["decode_tokens"], rel=0.6)
    if mode != "panel":  # the simulated judge is one server with one cache
        computed = counters["prompt_tokens"] - counters["cached_tokens"]
        # a little too much: questions begin alike, and the cache finds that as well
        assert 0.97 * computed <= expected.with_cache.computed_tokens <= 1.12 * computed


async def counted(sim: ServerProcess) -> dict[str, int]:
    async with aiohttp.ClientSession() as session, session.get(f"{sim.root_url}/sim") as response:
        counters = (await response.json())["counters"]
    return {**counters, "calls": counters.pop("requests")["ok"]}
