"""What a judge is sent for a rollout: the words of `judges.prompts`, with tokens for each level."""

import asyncio
import json
from typing import get_args

import pytest

from judges.backends.scripted import ScriptedBackend, answer, text
from judges.grade import grade
from judges.judge import Judge
from judges.prompts.framing import RULES, Framing
from judges.prompts.rendering import Rendering, render
from judges.prompts.token_count import estimated
from judges.request import Messages, Reply, Request
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.inputs import read_inputs
from rubrics.outcome import Score, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import PromptLayout, Rubric

RUBRIC = Rubric.model_validate(
    {
        "schema": "rubric/v1",
        "id": "reply",
        "inputs": {
            "answer": {"from": "completion"},
            "post": {"from": "prompt"},
            "policy": {"from": "metadata.policy", "trust": "author", "share": "dataset"},
        },
        "criteria": [
            {"id": "fits", "check": {"words": {"at_most": 4}}, "gate": {"else": 0}},
            {"id": "polite", "ask": "It is polite.", "gate": {"else": 0.1}},
            {"id": "cites", "ask": "It names a clause.", "weight": 2},
            {"id": "refund", "ask": "It offers a refund.", "expect": {"label": "metadata.due"}},
        ],
    }
)


def rollout(text: str = "See clause 2.", **metadata: object) -> Rollout:
    found: dict[str, object] = {"policy": "No spam.", **metadata}
    return Rollout(id="r", completion=Completion(text), prompt="Buy now!", metadata=found)


def rendered(which: Rollout, layout: PromptLayout = "criterion_last", only: str | None = None) -> Rendering:
    return render(RUBRIC, which, layout, estimated, only)


@pytest.mark.parametrize("layout", ["criterion_last", "listed"])
def test_the_pieces_are_the_messages_of_the_prompt(layout: PromptLayout) -> None:
    found = rollout(due=True)
    texts = read_inputs(RUBRIC.inputs, found)
    assert not isinstance(texts, Unscored)
    frame = Framing(RUBRIC, layout).frame(texts)
    questions = rendered(found, layout).questions
    assert [question.criterion for question in questions] == ["polite", "cites", "refund"]
    for question, criterion in zip(questions, RUBRIC.criteria[1:], strict=True):
        assert question.messages == frame.ask(criterion).messages
        for message in question.messages:
            own = [piece.text for piece in question.pieces if piece.role == message["role"]]
            assert "".join(own) == message["content"]


def test_each_part_has_the_level_that_shares_it() -> None:
    (question,) = rendered(rollout(), only="cites").questions
    assert [(piece.level, piece.text.splitlines()[0].partition("-")[0]) for piece in question.pieces] == [
        ("rubric", RULES.splitlines()[0].partition("-")[0]),
        ("dataset", "policy:"),
        ("group", "<data"),
        ("rollout", "<data"),
        ("criterion", "Criterion: It names a clause."),
    ]
    # "policy:\nNo spam.\n\n" has 18 bytes; 4 full tokens and a beginning, which counts here
    assert question.tokens["dataset"] == 5
    assert question.tokens["rubric"] == -(-len(RULES) // 4)
    assert sum(question.tokens.values()) == sum(
        -(-len(message["content"].encode()) // 4) for message in question.messages
    )


def test_gates_are_asked_first_and_a_missing_label_is_not_asked() -> None:
    rendering = rendered(rollout())
    assert [(q.criterion, q.asked) for q in rendering.questions] == [
        ("polite", "now"),
        ("cites", "after_gates"),
    ]
    assert [(v.criterion, v.choice) for v in rendering.settled] == [("fits", "met"), ("refund", "skipped")]
    assert rendering.outcome is None


def test_a_closed_gate_by_code_leaves_nothing_to_ask() -> None:
    rendering = rendered(rollout("one two three four five"))
    assert rendering.questions == []
    assert isinstance(rendering.outcome, Score)
    assert (rendering.outcome.value, rendering.outcome.reason) == (0.0, "gate fits closed")


def test_a_criterion_that_is_not_asked_can_be_looked_at_all_the_same() -> None:
    (question,) = rendered(rollout("one two three four five"), only="cites").questions
    assert (question.criterion, question.asked) == ("cites", "never")
    assert "one two three four five" in question.messages[1]["content"]


def as_put(**other: object) -> Rubric:
    return Rubric.model_validate({**RUBRIC.model_dump(by_alias=True, exclude_unset=True), **other})


def test_p10_every_way_of_asking_is_shown_as_it_is_sent() -> None:
    """The rendered messages are those that a judge gets, follow-ups included, but for its own words."""

    async def sent(rubric: Rubric) -> list[Messages]:
        def script(request: Request) -> Reply:
            if request.menus:
                return text(json.dumps({number: "yes" for number, _ in request.menus}))
            return answer(request.choices[0]) if request.choices else text("(its reasoning)")

        backend = ScriptedBackend(script)
        await grade(rubric, rollout(due=True), Judge(backend))
        return [request.messages for request in backend.requests]

    quoted = [
        {"id": "polite", "ask": "It is polite.", "gate": {"else": 0.1}},
        {"id": "cites", "ask": "It names a clause.", "evidence": "quote"},
        {"id": "warm", "ask": "It is warm.", "abstain": True},
    ]
    for other in (
        {"judge": {"reason_first": True}},
        {"judge": {"mode": "all"}},
        {"judge": {"mode": "all"}, "criteria": quoted},
        {"judge": {"reason_first": True}, "criteria": quoted},
        {"aggregate": {"method": "holistic"}},
    ):
        rubric = as_put(**other)
        for layout in get_args(PromptLayout):
            shown = []
            for question in render(rubric, rollout(due=True), layout, estimated).questions:
                shown.append(list(question.messages))
                for step in question.then:
                    shown.append([*shown[-1], *step.messages])
            found = asyncio.run(sent(rubric.model_copy(update={"layout": layout})))
            assert sorted(map(str, found)) == sorted(map(str, shown))


def test_statements_that_are_asked_together_are_one_question() -> None:
    rubric = as_put(judge={"mode": "all"})
    gate, rest = render(rubric, rollout(due=True), "listed", estimated).questions
    assert (gate.criterion, gate.asked, gate.numbers) == ("polite", "now", {"1": "polite"})
    assert (rest.criterion, rest.asked) == ("cites+refund", "after_gates")
    assert (rest.numbers, rest.answers) == ({"2": "cites", "3": "refund"}, {})
    (alone,) = render(rubric, rollout(due=True), "listed", estimated, "refund").questions
    assert alone == rest


def test_what_was_not_sent_is_unscored_and_has_no_prompt() -> None:
    bare = Rollout(id="r", completion=Completion("See clause 2."), prompt="Buy now!")
    rendering = rendered(bare, only="cites")
    assert rendering.questions == []
    assert isinstance(rendering.outcome, Unscored)
    assert rendering.outcome.cause is Cause.MISSING_FIELD


def test_a_refused_rollout_is_neither_settled_nor_asked() -> None:
    refused = Unscored(Cause.COMPLETION_TOO_LONG, "too long")
    rendering = rendered(Rollout(id="r", completion=Completion(""), refused=refused))
    assert (rendering.settled, rendering.questions, rendering.outcome) == ((), (), refused)
