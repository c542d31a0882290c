"""A rubric applied by a scripted judge, against values worked out by hand."""

import asyncio
from collections import Counter

import pytest

from judges.backend import BackendError
from judges.backends.scripted import Script, ScriptedBackend, answer, distribution
from judges.grade import Grader, grade
from judges.judge import Judge
from judges.request import Reply, Request
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json, Rollout
from rubrics.rubric import Rubric


def rubric(*criteria: dict[str, Json], **other: Json) -> Rubric:
    return Rubric.model_validate({"schema": "rubric/v1", "id": "r", "criteria": list(criteria), **other})


CLEAR: dict[str, Json] = {"id": "clear", "ask": "It is clear.", "weight": 3}
TRUE: dict[str, Json] = {"id": "true", "ask": "It is true.", "weight": 1}
RUDE: dict[str, Json] = {"id": "rude", "ask": "It is rude.", "weight": -2}
LONG: dict[str, Json] = {"id": "long", "check": {"words": {"at_least": 3}}, "gate": {"else": 0.0}}
ASKED_GATE: dict[str, Json] = {"id": "on_topic", "ask": "It is on topic.", "gate": {"else": 0.25}}


def by_criterion(**chances: float) -> Script:
    """P(yes) by the last word of the statement."""

    def script(request: Request) -> Reply:
        statement = request.messages[-1]["content"].rpartition("\nCriterion: ")[2].partition("\n")[0]
        return answer("yes", chances[statement.rstrip(".").split()[-1]])

    return script


async def graded(
    found: Rubric, script: Script, text: str = "a b c", **fields: Json
) -> tuple[Outcome, ScriptedBackend]:
    async def no_sleep(_: float) -> None: ...

    backend = ScriptedBackend(script)
    judge = Judge(backend, retries=Retries(sleep=no_sleep))
    rollout = Rollout(id="r1", completion=Completion(text), prompt="p", metadata=dict(fields))
    return await grade(found, rollout, judge), backend


async def test_the_value_is_the_weighted_mean_of_the_probabilities() -> None:
    outcome, backend = await graded(rubric(CLEAR, TRUE, RUDE), by_criterion(clear=0.9, true=0.4, rude=0.25))
    # (3 x .9 + 1 x .4 - 2 x .25) / (3 + 1) = 2.6 / 4
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.65)
    assert [verdict.choice for verdict in outcome.verdicts] == ["met", "unmet", "unmet"]
    assert [request.id for request in backend.requests] == ["r1/clear", "r1/true", "r1/rude"]


async def test_a_scale_is_read_as_its_expected_level() -> None:
    scale: dict[str, Json] = {"id": "depth", "ask": "How deep is it?", "scale": ["none", "some", "much"]}
    outcome, backend = await graded(rubric(scale), lambda _: distribution({"B": 0.2, "C": 0.3, " D": 0.5}))
    # levels are worth 0, 1/2 and 1: .2 x 0 + .3 x .5 + .5 x 1
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.65)
    assert outcome.verdicts[0].choice == "much"
    assert backend.requests[0].choices == ("B", "C", "D")


async def test_what_is_expected_of_a_rollout_may_be_its_label() -> None:
    labelled = {**CLEAR, "expect": {"label": "metadata.clear"}}
    for label, value in (("yes", 0.9), ("no", 0.1)):
        outcome, _ = await graded(rubric(labelled), by_criterion(clear=0.9), clear=label)
        assert isinstance(outcome, Score)
        assert outcome.value == pytest.approx(value)


async def test_a_gate_of_code_that_closes_spares_every_call() -> None:
    outcome, backend = await graded(
        rubric(LONG, CLEAR, TRUE), by_criterion(clear=1.0, true=1.0), text="short"
    )
    assert isinstance(outcome, Score)
    assert outcome.value == 0.0
    assert not backend.requests


async def test_a_judged_gate_is_asked_first_and_alone() -> None:
    gated = rubric(CLEAR, ASKED_GATE, TRUE)
    closed, backend = await graded(gated, by_criterion(topic=0.1, clear=1.0, true=1.0))
    assert isinstance(closed, Score)
    assert closed.value == 0.25
    assert [request.id for request in backend.requests] == ["r1/on_topic"]
    opened, backend = await graded(gated, by_criterion(topic=0.9, clear=1.0, true=1.0))
    assert isinstance(opened, Score)
    assert [request.id for request in backend.requests] == ["r1/on_topic", "r1/clear", "r1/true"]


async def test_the_criteria_are_asked_at_the_same_time() -> None:
    together = asyncio.Barrier(3)

    async def script(_: Request) -> Reply:
        async with asyncio.timeout(5):
            await together.wait()
        return answer("yes", 1.0)

    outcome, _ = await graded(rubric(CLEAR, TRUE, RUDE), script)
    assert isinstance(outcome, Score)


def failing_on(word: str) -> Script:
    def script(request: Request) -> Reply:
        if f"is {word}." in request.messages[-1]["content"]:
            raise BackendError(Cause.JUDGE_REJECTED, "HTTP 400: too long")
        return answer("yes", 1.0)

    return script


@pytest.mark.parametrize("word", ["clear", "true", "rude"])
async def test_p01_a_verdict_that_failed_leaves_no_number(word: str) -> None:
    outcome, _ = await graded(rubric(CLEAR, TRUE, RUDE), failing_on(word))
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.JUDGE_REJECTED
    values = {verdict.criterion: verdict.value for verdict in outcome.verdicts}
    assert values == {"clear": 1.0, "true": 1.0, "rude": 1.0, word: None}


@pytest.mark.parametrize("text", ["", " \n\t ", "\u3000"])
@pytest.mark.parametrize("expect", ["met", "unmet"])
async def test_blank_text_earns_nothing_and_is_not_shown_to_the_judge(text: str, expect: str) -> None:
    criteria = rubric({**CLEAR, "expect": expect}, {**TRUE, "expect": expect}, RUDE)
    outcome, backend = await graded(criteria, by_criterion(clear=1.0, true=1.0, rude=0.0), text=text)
    assert isinstance(outcome, Score)
    assert outcome.value <= 0.0
    assert not backend.requests


async def test_an_input_that_was_not_sent_is_unscored_without_a_call() -> None:
    inputs: Json = {"text": {"from": "completion"}, "policy": {"from": "metadata.policy"}}
    outcome, backend = await graded(rubric(CLEAR, inputs=inputs), by_criterion(clear=1.0))
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.MISSING_FIELD
    assert not backend.requests


async def test_a_rubric_of_code_needs_no_judge() -> None:
    code = rubric({"id": "long", "check": {"words": {"at_least": 3}}})
    outcome = await grade(code, Rollout(id="r", completion=Completion("a b c")), None)
    assert isinstance(outcome, Score)
    assert outcome.value == 1.0


async def test_p04_a_bug_stays_with_its_rollout() -> None:
    outcome = await grade(rubric(CLEAR), Rollout(id="r", completion=Completion("x"), prompt="p"), None)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == Cause.COMPONENT_ERROR


async def test_p13_cancellation_is_not_swallowed() -> None:
    started = asyncio.Event()

    async def forever(_: Request) -> Reply:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(graded(rubric(CLEAR), forever))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_one_grader_does_for_many_groups_at_once() -> None:
    backend = ScriptedBackend(lambda _: answer("yes"))
    grader = Grader(rubric(CLEAR), [Judge(backend)])
    groups = [
        [
            Rollout(id=f"{name}{n}", completion=Completion(f"text {n}"), prompt=f"prompt {name}")
            for n in (1, 2)
        ]
        for name in "ab"
    ]
    outcomes = await asyncio.gather(*map(grader.grade_group, groups))
    assert [isinstance(outcome, Score) for found in outcomes for outcome in found] == [True] * 4
    shown = Counter(request.prompt.shared.evidence.split("\n")[1] for request in backend.requests)
    assert shown == {"prompt a": 2, "prompt b": 2}
