"""Golden cases put to a judge, again and again."""

import asyncio
from functools import partial

from judges.backend_error import BackendError
from judges.backends.scripted import Script, ScriptedBackend, answer, in_turn
from judges.golden_runs import GoldenRun, run
from judges.grade import grade
from judges.judge import Judge
from judges.request import Reply, Request
from rubrics.cause import Cause
from rubrics.goldens.comparing import compared
from rubrics.goldens.results import Result
from rubrics.goldens.trial import trial
from tests.rubrics.goldens.making import goldens_of
from tests.rubrics.making import rubric_of

RUBRIC = rubric_of("""
criteria:
- {id: fits, check: {words: {at_least: 50}}, gate: {else: 0}}
- {id: cites, ask: It cites a clause.}
""")
CASES = goldens_of(
    "cases: [{id: a, prompt: Why?, completion: short, expect: {cites: met}, value: {at_most: 0}}]"
)


async def results_of(script: Script, repeat: int) -> tuple[list[Result], int]:
    """The results of the one case, and how often the judge was asked."""
    backend = ScriptedBackend(script)
    judge = Judge(backend)
    (case,) = CASES.cases
    put = GoldenRun(CASES.rollout(case), trial(RUBRIC, case.expect), RUBRIC)
    (runs,) = await run([put], partial(grade, judge=judge), repeat)
    await judge.aclose()
    return [*compared(case, 0, runs)], len(backend.requests)


async def test_a_criterion_behind_a_closed_gate_is_judged_and_the_value_is_that_of_the_gate() -> None:
    (found, value), calls = await results_of(lambda _: answer("yes", 0.9), 1)
    assert (found.status, found.spread, calls) == ("passed", (0.9, 0.9), 1)
    assert (value.status, value.spread) == ("passed", (0.0, 0.0))


async def test_every_repetition_asks_the_judge_again() -> None:
    script = in_turn(*(answer("yes", chance) for chance in (0.9, 0.4, 0.7, 0.8, 0.3)))
    (found, value), calls = await results_of(script, 5)
    assert calls == 5
    assert dict(found.counts) == {"met": 3, "unmet": 2}
    assert (found.spread, found.status, value.status) == ((0.3, 0.9), "flaky", "passed")


async def test_a_judge_that_fails_is_no_finding() -> None:
    failure = BackendError(Cause.JUDGE_REJECTED, "too long")
    (found, value), _ = await results_of(in_turn(answer("yes"), failure), 2)
    assert (found.right, found.wrong, found.causes) == (1, 0, {"judge_rejected": 1})
    assert (found.status, value.status) == ("unscored", "passed")


async def test_the_value_takes_no_calls_of_its_own_where_no_gate_stands_between() -> None:
    rubric = rubric_of("criteria: [{id: cites, ask: It cites a clause.}, {id: kind, ask: It is kind.}]")
    (case,) = goldens_of(
        "cases: [{id: a, prompt: Why?, completion: x, expect: {cites: met}, value: {at_least: 0.7}}]"
    ).cases

    async def script(_: Request) -> Reply:
        for _turn in range(50):  # as a judge elsewhere does, it lets others go on
            await asyncio.sleep(0)
        return answer("yes", 0.75)

    backend = ScriptedBackend(script)
    judge = Judge(backend)
    put = GoldenRun(CASES.rollout(case), trial(rubric, case.expect), rubric)
    (runs,) = await run([put], partial(grade, judge=judge), 2)
    assert [result.status for result in compared(case, 0, runs)] == ["passed", "passed"]
    assert len(backend.requests) == 4  # two statements, twice
