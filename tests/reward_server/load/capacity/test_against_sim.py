"""The step time of a plan, and that of a real simulated judge: within 10 %."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import pytest

from judges.backends.openai import Openai
from judges.cost.size import Step
from judges.engine.job import FleetOptions
from judges.grade import grade_group
from judges.judge import Judge
from judges.prompts.token_count import estimated
from judges.retry import Retries
from reward_server.load.capacity.asking import Asking
from reward_server.load.capacity.engine import Slots
from reward_server.load.capacity.rubric import RubricQuestions
from reward_server.load.capacity.scenario import Scenario, load
from rubrics.completion import Completion
from rubrics.judging import Judging
from rubrics.outcome import Score
from rubrics.rollout import Group, Rollout
from rubrics.rubric import PromptLayout, Rubric
from tests.processes import start_sim

pytestmark = pytest.mark.soak

SIZE = 8
WITHIN, ATTEMPTS = 0.1, 3
"""A busy machine makes a burst longer, never shorter: the shortest of some tells of the engine."""
EVERY_CALL = 4096
"""More calls in flight than there are, so that no limit of the client's shows."""
RUBRIC = Rubric.model_validate(
    {
        "schema": "rubric/v1",
        "id": "r",
        "inputs": {"post": {"from": "prompt"}, "answer": {"from": "completion"}},
        "criteria": [
            {"id": "clause", "ask": "The answer names the clause of the policy that it relies on."},
            {"id": "person", "ask": "The answer says at whom the post is aimed."},
            {"id": "tone", "ask": "How does it treat the author?", "scale": ["rude", "neutral", "kind"]},
        ],
    }
)


def groups(number: int) -> list[Group]:
    """Texts of different lengths, none like another."""
    found = []
    for group in range(number):
        texts = [" ".join(f"w{group}x{each}y{word}" for word in range(40 + 9 * each)) for each in range(SIZE)]
        post = f"post {group} says so " * 60
        rollouts = [
            Rollout(id=f"{group}/{each}", completion=Completion(text), prompt=post)
            for each, text in enumerate(texts)
        ]
        found.append(Group(f"g{group}", rollouts))
    return found


async def took(rubric: Rubric, step: Sequence[Group], url: str) -> float:
    """Seconds that a burst of all groups takes, each call under way at once."""
    options = Openai.model_validate(
        {"base_url": url, "model": "gavel-sim", "verdict": "token", "temperature": 0.7}
    )
    judge = Judge(
        options.open(),
        limits=FleetOptions(ceiling=EVERY_CALL, hedged=False),
        timeout_s=60.0,
        verdict="token",
        retries=Retries(1),
    )
    started = time.monotonic()
    graded = await asyncio.gather(*(grade_group(rubric, group, judge) for group in step))
    seconds = time.monotonic() - started
    await judge.aclose()
    assert all(isinstance(outcome, Score) for outcomes in graded for outcome in outcomes)
    return seconds


@pytest.mark.parametrize(
    ("engine", "cached", "votes", "layout", "number"),
    [
        (Slots(16, 0.2, 5_000), True, 1, "criterion_last", 10),
        (Slots(8, 0.1, 4_000), False, 1, "criterion_last", 6),
        (Slots(12, 0.2, 1_500), True, 3, "criterion_last", 4),
        (Slots(32, 0.4, 10_000), True, 1, "listed", 12),
    ],
)
async def test_a_burst_takes_as_long_as_planned(
    engine: Slots, cached: bool, votes: int, layout: PromptLayout, number: int
) -> None:
    rubric = RUBRIC.model_copy(update={"judge": Judging(samples=votes), "layout": layout})
    step = groups(number)
    questions = RubricQuestions(rubric, step, estimated, "")
    size = Step(rollouts=number * SIZE, group_size=SIZE)
    planned = load(Scenario(questions, size, Asking(layout, cached), engine)).times
    assert planned is not None
    options = {"slots": engine.slots, "ttft": engine.ttft, "prefill-tps": engine.prefill_tps}
    flags = [*flagged(options), *([] if cached else ["--no-prefix-cache"])]
    shortest = float("inf")
    for _ in range(ATTEMPTS):
        with start_sim(*flags) as sim:
            shortest = min(shortest, await took(rubric, step, sim.base_url))
        if planned.step_s == pytest.approx(shortest, rel=WITHIN):
            return
    pytest.fail(f"planned {planned.step_s:.2f} s, took {shortest:.2f} s")


def flagged(options: Mapping[str, object]) -> list[str]:
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]
