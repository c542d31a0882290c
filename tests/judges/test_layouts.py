"""A judge under both layouts: what differs is counted, and nothing that could not be compared is."""

import pytest

from judges.backend import BackendError
from judges.backends.scripted import Script, ScriptedBackend, answer, distribution
from judges.judge import Judge
from judges.layouts import Meter, compare
from judges.request import Reply, Request, Usage
from rubrics.cause import Cause
from rubrics.comparison import Comparison, compared
from rubrics.completion import Completion
from rubrics.rollout import Group, Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Verdict

RUBRIC = Rubric.model_validate(
    {
        "schema": "rubric/v1",
        "id": "r",
        "layout": "listed",
        "criteria": [
            {"id": "short", "check": {"contains": ["x"]}, "gate": {"else": 0}},
            {"id": "clause", "ask": "It names a clause.", "gate": {"else": 0}},
            {"id": "tone", "ask": "How calm is it?", "scale": ["angry", "tense", "calm"]},
            {"id": "labelled", "ask": "It is polite.", "expect": {"label": "metadata.polite"}},
        ],
    }
)


def groups(*texts: str) -> list[Group]:
    return [
        Group(f"g{number}", [Rollout(id=f"r{number}", completion=Completion(text), prompt="a post")])
        for number, text in enumerate(texts)
    ]


def listed(request: Request) -> bool:
    return "Criteria:" in request.messages[0]["content"]


def judge_of(script: Script, meter: Meter | None = None) -> Judge:
    return Judge(ScriptedBackend(script), observer=meter)


def verdict(probability: float | None, choice: str | None = None, cause: Cause | None = None) -> Verdict:
    return Verdict(criterion="c", probability=probability, choice=choice, cause=cause)


def test_differences_are_averaged_and_changed_choices_counted() -> None:
    found = compared(
        "c",
        [
            (verdict(0.9, "met"), verdict(0.7, "met")),
            (verdict(0.4, "unmet"), verdict(0.6, "met")),
            (verdict(0.2, "unmet"), verdict(0.2, "unmet")),
            (verdict(0.1, "unmet"), verdict(0.7, "met")),
        ],
    )
    # differences -.2 +.2 0 +.6: absolute 1.0 / 4, with their signs .6 / 4
    assert (found.compared, found.flips, found.agreement) == (4, 2, 0.5)
    assert found.difference == pytest.approx(0.25)
    assert found.shift == pytest.approx(0.15)
    assert found.causes == {}


def test_a_rollout_without_a_verdict_on_one_side_is_not_compared() -> None:
    timeout = verdict(None, cause=Cause.JUDGE_TIMEOUT)
    garbled = verdict(None, cause=Cause.JUDGE_GARBLED)
    pairs = [
        (verdict(0.9, "met"), timeout),
        (timeout, timeout),
        (garbled, timeout),
        (None, verdict(1.0, "met")),
    ]
    found = compared("c", pairs)
    assert found == Comparison(
        "c",
        compared=0,
        flips=0,
        difference=None,
        shift=None,
        causes={Cause.JUDGE_TIMEOUT: 3, Cause.JUDGE_GARBLED: 1, Cause.COMPONENT_ERROR: 1},
    )
    assert found.agreement is None


async def test_every_statement_is_judged_under_both_layouts_whatever_gates_and_labels_say() -> None:
    def script(request: Request) -> Reply:
        if request.choices != ("yes", "no"):
            return distribution({"B": 0.5, "C": 0.25, "D": 0.25} if listed(request) else {"B": 1.0})
        return answer("yes", 0.25 if listed(request) else 0.75)

    judge = judge_of(script)
    clause, tone, labelled = await compare(RUBRIC, groups("one", "two"), judge)
    await judge.aclose()
    assert [each.criterion for each in (clause, tone, labelled)] == ["clause", "tone", "labelled"]
    assert (clause.compared, clause.flips, clause.difference, clause.shift) == (2, 2, 0.5, -0.5)
    assert labelled == Comparison("labelled", 2, 2, 0.5, -0.5, {})
    # tone: angry 0, tense 0.5, calm 1: expected values 0 and .25 * .5 + .25 = .375; both most probably angry
    assert (tone.compared, tone.flips) == (2, 0)
    assert tone.difference == pytest.approx(0.375)


async def test_the_same_judge_under_both_layouts_agrees_with_itself() -> None:
    judge = judge_of(lambda request: answer(request.choices[0], 0.8, request.choices[1]))
    found = await compare(RUBRIC, groups("one", "two", "three"), judge)
    await judge.aclose()
    assert {(each.compared, each.agreement, each.difference) for each in found} == {(3, 1.0, 0.0)}


async def test_what_the_judge_does_not_answer_is_told_by_cause() -> None:
    def script(request: Request) -> Reply:
        if "two" in request.messages[1]["content"] and listed(request):
            raise BackendError(Cause.JUDGE_REJECTED, "too long")
        return answer(request.choices[0], 0.8, request.choices[1])

    judge = judge_of(script)
    found = await compare(RUBRIC, groups("one", "two", " \n"), judge)
    await judge.aclose()
    assert {(each.compared, each.flips) for each in found} == {(1, 0)}
    # blank text is never asked about, which is nobody's failure
    assert [each.causes for each in found] == [{Cause.JUDGE_REJECTED: 1}] * 3


async def test_the_cost_of_either_layout_is_metered() -> None:
    def script(request: Request) -> Reply:
        reply = answer(request.choices[0], 0.8, request.choices[1])
        usage = Usage(100, 90 if listed(request) else 40, 1)
        return Reply(reply.text, reply.alternatives, usage=usage)

    meter = Meter()
    judge = judge_of(script, meter)
    await compare(RUBRIC, groups("one", "two"), judge, meter)
    await judge.aclose()
    costs = {layout: (cost.calls, cost.prompt, cost.cached) for layout, cost in meter.costs.items()}
    assert costs == {"criterion_last": (6, 600, 240), "listed": (6, 600, 540)}
