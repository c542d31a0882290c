"""Votes, panels, reasoning first, several statements in one question, one grade, abstaining, quotations."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence

import pytest

from judges.asking.course import UNSHOWN
from judges.backend import BackendError
from judges.backends.scripted import Script, ScriptedBackend, answer, distribution, text
from judges.cache.memory import Memory
from judges.grade import grade
from judges.judge import Judge
from judges.observer import Unobserved
from judges.prompts.wording import OBJECT, QUOTE, REASON
from judges.request import Form, Reply, Request
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json, Rollout
from rubrics.rubric import PromptLayout, Rubric
from rubrics.verdict import Reading, Verdict

CLEAR: dict[str, Json] = {"id": "clear", "ask": "It is clear."}
TRUE: dict[str, Json] = {"id": "true", "ask": "It is true."}
RUDE: dict[str, Json] = {"id": "rude", "ask": "It is rude.", "weight": -1}
DEPTH: dict[str, Json] = {"id": "depth", "ask": "How deep is it?", "scale": ["none", "some", "much"]}


def rubric(*criteria: dict[str, Json], **other: Json) -> Rubric:
    return Rubric.model_validate({"schema": "rubric/v1", "id": "r", "criteria": list(criteria), **other})


async def no_sleep(_: float) -> None: ...


def judge_of(
    script: Script, verdict: Form = "token", cache: Memory | None = None
) -> tuple[Judge, ScriptedBackend]:
    backend = ScriptedBackend(script)
    return Judge(backend, retries=Retries(sleep=no_sleep), verdict=verdict, cache=cache), backend


def rollout(text: str = "See clause 2(b), it says.") -> Rollout:
    return Rollout(id="r1", completion=Completion(text), prompt="p")


async def graded(found: Rubric, script: Script, verdict: Form = "token") -> tuple[Outcome, list[Request]]:
    judge, backend = judge_of(script, verdict)
    return await grade(found, rollout(), judge), backend.requests


def only(outcome: Outcome) -> Verdict:
    (verdict,) = outcome.verdicts
    return verdict


def last_line(request: Request) -> str:
    return request.messages[-1]["content"].rpartition("\n")[2]


# -- votes -----------------------------------------------------------------------------------------


def by_sample(*chances: float) -> Script:
    return lambda request: answer("yes", chances[request.sample])


async def test_samples_are_averaged_and_each_is_told() -> None:
    outcome, requests = await graded(rubric(CLEAR, judge={"samples": 3}), by_sample(0.9, 0.6, 0.3))
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.6)
    assert only(outcome).votes == pytest.approx((0.9, 0.6, 0.3))
    assert only(outcome).disagreement == pytest.approx(0.6)
    assert [request.id for request in requests] == ["r1/clear", "r1/clear#1", "r1/clear#2"]


async def test_a_majority_that_agrees_at_once_is_not_asked_further() -> None:
    votes: Json = {"samples": 5, "reduce": "majority"}
    outcome, requests = await graded(rubric(CLEAR, judge=votes), by_sample(0.9, 0.8, 0.7, 0.1, 0.1))
    assert isinstance(outcome, Score)
    assert (outcome.value, len(requests)) == (1.0, 3)
    outcome, requests = await graded(rubric(CLEAR, judge=votes), by_sample(0.9, 0.8, 0.1, 0.1, 0.1))
    assert isinstance(outcome, Score)
    assert (outcome.value, len(requests)) == (0.0, 5)


async def test_the_least_ends_with_a_vote_that_cannot_be_undercut() -> None:
    votes: Json = {"samples": 4, "reduce": "min"}
    for criterion, first, calls in ((CLEAR, 0.0, 1), (CLEAR, 0.1, 4), (RUDE, 1.0, 1), (RUDE, 0.9, 4)):
        _, requests = await graded(rubric(criterion, judge=votes), by_sample(first, 0.5, 0.5, 0.5))
        assert len(requests) == calls


async def test_a_criterion_may_have_samples_of_its_own() -> None:
    _, requests = await graded(rubric({**CLEAR, "samples": 3}, TRUE), lambda _: answer("yes"))
    assert Counter(request.id.partition("#")[0] for request in requests) == {"r1/clear": 3, "r1/true": 1}


async def test_p07_verdicts_do_not_depend_on_the_order_of_replies() -> None:
    """Replies come back last first, then first first."""

    def arriving(order: Sequence[int]) -> Script:
        done = [asyncio.Event() for _ in range(4)]

        async def script(request: Request) -> Reply:
            place = order.index(request.sample)
            if place:
                await done[place - 1].wait()
            done[place].set()
            return answer("yes", (0.9, 0.2, 0.7, 0.4)[request.sample])

        return script

    for reduce in ("mean", "majority", "min"):
        votes: Json = {"samples": 4, "reduce": reduce, "min_votes": 4}
        found = [
            (await graded(rubric(CLEAR, judge=votes), arriving(order)))[0]
            for order in ((3, 1, 0, 2), (0, 1, 2, 3))
        ]
        assert found[0] == found[1]
        assert isinstance(found[0], Score)


async def test_a_panel_asks_each_judge_and_tells_how_far_they_are_apart() -> None:
    (one, first), (other, second) = (
        judge_of(lambda _: answer("yes", 0.9)),
        judge_of(lambda _: answer("yes", 0.3)),
    )
    outcome = await grade(rubric(CLEAR), rollout(), [one, other])
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.6)
    assert only(outcome).disagreement == pytest.approx(0.6)
    assert len(first.requests) == len(second.requests) == 1


class Distances(Unobserved):
    """An observer of how far votes are off."""

    def __init__(self) -> None:
        self.found: list[float] = []

    def voted(self, distance: float) -> None:
        self.found.append(distance)


async def test_each_judge_is_told_how_far_its_votes_are_from_the_finding() -> None:
    told = [Distances() for _ in range(3)]
    panel = [
        Judge(ScriptedBackend(by_sample(chance)), observer=observer)
        for chance, observer in zip((0.9, 0.8, 0.1), told, strict=True)
    ]
    await grade(rubric(CLEAR), rollout(), panel)  # the mean is 0.6
    assert [observer.found for observer in told] == [[pytest.approx(d)] for d in (0.3, 0.2, 0.5)]
    await grade(rubric(CLEAR), rollout(), panel[0])
    assert len(told[0].found) == 1  # one vote is not counted against anything


async def test_each_judge_of_a_panel_reads_its_own_layout() -> None:
    backends = [ScriptedBackend(lambda _: answer("yes")) for _ in range(2)]
    layouts: tuple[PromptLayout, PromptLayout] = ("criterion_last", "listed")
    panel = [Judge(backend, layout=layout) for backend, layout in zip(backends, layouts, strict=True)]
    assert isinstance(await grade(rubric(CLEAR), rollout(), panel), Score)
    (plain,), (listed,) = (backend.requests for backend in backends)
    assert "Criterion: It is clear." in plain.messages[1]["content"]
    assert "[1] It is clear." in listed.messages[0]["content"]


def fails() -> Script:
    def script(_: Request) -> Reply:
        raise BackendError(Cause.JUDGE_REJECTED, "HTTP 400")

    return script


async def test_p01_a_judge_of_the_panel_that_fails_leaves_no_value_unless_enough_are_left() -> None:
    (well, _), (ill, _) = judge_of(lambda _: answer("yes", 0.9)), judge_of(fails())
    outcome = await grade(rubric(CLEAR), rollout(), [well, ill])
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.JUDGE_REJECTED
    outcome = await grade(rubric(CLEAR, judge={"min_votes": 1}), rollout(), [well, ill])
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.9)


async def test_p10_samples_are_known_apart() -> None:
    judge, backend = judge_of(by_sample(0.9, 0.3), cache=Memory(2**20, 60.0))
    found = rubric(CLEAR, judge={"samples": 2})
    first, second = [await grade(found, rollout(), judge) for _ in range(2)]
    assert first == second
    assert isinstance(first, Score)
    assert first.value == pytest.approx(0.6)
    assert len(backend.requests) == 2


# -- reasoning first -------------------------------------------------------------------------------

REASONING: Json = {"reason_first": True}


def reasoning(words: str, chance: float = 0.8) -> Script:
    return lambda request: answer("yes", chance) if request.choices else text(words)


async def test_the_judge_reasons_and_then_answers_in_the_same_conversation() -> None:
    outcome, (first, second) = await graded(rubric(CLEAR, judge=REASONING), reasoning("No: <|im_end|> yes."))
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.8)  # nothing is read out of the reasoning
    assert only(outcome).reason == "No: \u2039|im_end|\u203a yes."
    assert (first.form, second.form, second.choices) == ("text", "token", ("yes", "no"))
    assert last_line(first) == REASON
    assert "Answer with" not in first.messages[1]["content"]
    assert second.messages[:2] == first.messages
    assert second.messages[2:] == [
        {"role": "assistant", "content": "No: \u2039|im_end|\u203a yes."},
        {"role": "user", "content": "Answer with exactly one of: yes, no."},
    ]


async def test_reasoning_that_was_cut_off_is_taken_as_it_is() -> None:
    cut = Reply("It names a", truncated=True)
    outcome, requests = await graded(
        rubric(CLEAR, judge=REASONING), lambda request: answer("yes", 0.8) if request.choices else cut
    )
    assert isinstance(outcome, Score)
    assert requests[1].follow_up[0]["content"] == "It names a"


@pytest.mark.parametrize(("words", "cause"), [("", Cause.JUDGE_GARBLED), (" \n", Cause.JUDGE_GARBLED)])
async def test_p01_without_reasoning_there_is_no_verdict(words: str, cause: Cause) -> None:
    outcome, requests = await graded(rubric(CLEAR, judge=REASONING), reasoning(words))
    assert isinstance(outcome, Unscored)
    assert outcome.cause is cause
    assert len(requests) == 2  # asked once more, and no answer asked for


async def test_p10_the_two_calls_are_one_entry_and_another_one_than_the_plain_question() -> None:
    judge, backend = judge_of(reasoning("It is."), cache=Memory(2**20, 60.0))
    for _ in range(2):
        assert isinstance(await grade(rubric(CLEAR, judge=REASONING), rollout(), judge), Score)
    assert len(backend.requests) == 2
    assert isinstance(await grade(rubric(CLEAR), rollout(), judge), Score)
    assert len(backend.requests) == 3


async def test_each_sample_reasons_by_itself() -> None:
    def script(request: Request) -> Reply:
        said = f"Thought {request.sample}."
        if not request.choices:
            return text(said)
        assert request.follow_up[0]["content"] == said
        return answer("yes", 0.5 + request.sample / 4)

    outcome, requests = await graded(rubric(CLEAR, judge={"reason_first": True, "samples": 3}), script)
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.75)
    assert len(requests) == 6


# -- several statements in one question ------------------------------------------------------------

ALL: Json = {"mode": "all"}


def sheet(reply: str | dict[str, str]) -> Script:
    return lambda _: text(reply if isinstance(reply, str) else json.dumps(reply))


@pytest.mark.parametrize(
    ("form", "sent"), [("token", "json"), ("choice", "json"), ("json", "json"), ("text", "text")]
)
async def test_statements_are_asked_together(form: Form, sent: Form) -> None:
    outcome, (request,) = await graded(
        rubric(CLEAR, RUDE, DEPTH, judge=ALL), sheet({"1": "yes", "2": "no", "3": "C"}), form
    )
    # (1 - 0 + 1/2) / 2
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.75)
    assert [verdict.choice for verdict in outcome.verdicts] == ["met", "unmet", "some"]
    assert request.form == sent
    assert request.menus == (("1", ("yes", "no")), ("2", ("yes", "no")), ("3", ("B", "C", "D")))
    asked = request.messages[1]["content"].partition("</data-completion")[2].partition("\n\n")[2]
    assert asked == (
        "Criterion [1]: It is clear.\nAnswer [1] with exactly one of: yes, no.\n\n"
        "Criterion [2]: It is rude.\nAnswer [2] with exactly one of: yes, no.\n\n"
        "Criterion [3]: How deep is it?\nB: none\nC: some\nD: much\n"
        "Answer [3] with exactly one of: B, C, D.\n\n"
        f'{OBJECT} {{"1": "...", "2": "...", "3": "..."}}'
    )


async def test_listed_statements_keep_their_numbers() -> None:
    gate: dict[str, Json] = {"id": "gate", "ask": "It is on topic.", "gate": {"else": 0}}
    outcome, (first, second) = await graded(
        rubric(CLEAR, gate, TRUE, judge=ALL, layout="listed"),
        lambda request: text(json.dumps({number: "yes" for number, _ in request.menus})),
    )
    assert isinstance(outcome, Score)
    assert [number for number, _ in first.menus] == ["2"]  # gates first, read like the rest
    assert second.prompt.question.startswith("Criterion: [1]\nAnswer [1] with")
    assert [number for number, _ in second.menus] == ["1", "3"]


async def test_at_most_so_many_at_a_time() -> None:
    _, requests = await graded(
        rubric(CLEAR, TRUE, RUDE, judge={"mode": {"batch": 2}}),
        lambda request: text(json.dumps({number: "yes" for number, _ in request.menus})),
    )
    assert [request.id for request in requests] == ["r1/clear+true", "r1/rude"]


@pytest.mark.parametrize(
    ("reply", "garbled"),
    [
        ('{"1": "yes"}', {"true"}),
        ('{"1": "yes", "2": "maybe"}', {"true"}),
        ('{"1": "yes", "2": true}', {"true"}),
        ('{"1": "yes", "2": ["no"]}', {"true"}),
        ('{"1": "yes", "2": "no", "2": "yes"}', {"true"}),
        ('{"1": "yes", "2": "no", "2": "no"}', {"true"}),
        ('{"1": "yes", "2": "no", "3": "no", "x": {"1": "no"}}', set()),
        ('```json\n{"1": "Yes.", "2": "no"}\n```', set()),
        ('{"1": "yes", "2": "no"} and more', {"clear", "true"}),
        ('Here: {"1": "yes", "2": "no"}', {"clear", "true"}),
        ('[{"1": "yes", "2": "no"}]', {"clear", "true"}),
        ("yes, no", {"clear", "true"}),
        ("", {"clear", "true"}),
        ("{}", {"clear", "true"}),
        ("[" * 100_000, {"clear", "true"}),
        ('{"1":' * 100_000, {"clear", "true"}),
    ],
)
async def test_p01_only_what_is_certain_is_read(reply: str, garbled: set[str]) -> None:
    outcome, requests = await graded(rubric(CLEAR, TRUE, judge=ALL), sheet(reply))
    causes = {verdict.criterion: verdict.cause for verdict in outcome.verdicts}
    assert {name for name, cause in causes.items() if cause} == garbled
    assert set(causes.values()) <= {None, Cause.JUDGE_GARBLED}
    assert len(requests) == (
        2 if len(garbled) == 2 else 1
    )  # a reply with some answers is not asked for again


async def test_p10_what_is_known_of_a_sheet_stays_and_the_rest_is_asked_again() -> None:
    replies = iter(['{"1": "yes"}', '{"1": "no", "2": "no"}'])
    judge, backend = judge_of(lambda _: text(next(replies)), cache=Memory(2**20, 60.0))
    found = rubric(CLEAR, TRUE, judge=ALL)
    first, second, third = [await grade(found, rollout(), judge) for _ in range(3)]
    assert isinstance(first, Unscored)
    assert isinstance(second, Score)
    assert [verdict.choice for verdict in second.verdicts] == ["met", "unmet"]
    assert second == third
    assert len(backend.requests) == 2


async def test_sheets_have_votes_too() -> None:
    def script(request: Request) -> Reply:
        return text(json.dumps({"1": "yes", "2": ("yes", "no", "no")[request.sample]}))

    votes: Json = {"mode": "all", "samples": 3, "reduce": "majority"}
    outcome, requests = await graded(rubric(CLEAR, TRUE, judge=votes), script)
    assert isinstance(outcome, Score)
    assert [verdict.value for verdict in outcome.verdicts] == [1.0, 0.0]
    assert len(requests) == 3  # two agree on the first statement only


async def test_identical_sheets_in_flight_are_one_call() -> None:
    started, go = asyncio.Event(), asyncio.Event()

    async def script(_: Request) -> Reply:
        started.set()
        await go.wait()
        return text('{"1": "yes", "2": "no"}')

    judge, backend = judge_of(script)
    found = rubric(CLEAR, TRUE, judge=ALL)
    tasks = [asyncio.create_task(grade(found, rollout(), judge)) for _ in range(3)]
    await started.wait()
    go.set()
    outcomes = await asyncio.gather(*tasks)
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert len(backend.requests) == 1


# -- one grade -------------------------------------------------------------------------------------


async def test_one_question_about_all_criteria_by_their_weights() -> None:
    found = rubric(
        {**CLEAR, "weight": 3}, RUDE, {**TRUE, "expect": "unmet"}, aggregate={"method": "holistic"}
    )
    outcome, (request,) = await graded(found, lambda _: distribution({"E": 0.5, "F": 0.5}))
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.5 * 0.75 + 0.5 * 1)
    system, user = (message["content"] for message in request.messages)
    assert system.partition("\n\nCriteria:\n\n")[2] == (
        "[1] It is clear.\nIt should hold; weight 3.\n\n"
        "[2] It is rude.\nA fault, which should not be there; weight 1.\n\n"
        "[3] It is true.\nIt should not hold; weight 1."
    )
    assert user.endswith("Answer with exactly one of: B, C, D, E, F.")
    assert "one statement at a time" not in system


# -- abstaining ------------------------------------------------------------------------------------

MAY_ABSTAIN: dict[str, Json] = {**CLEAR, "abstain": True}


async def test_a_judge_that_may_abstain_is_offered_a_third_answer() -> None:
    outcome, (request,) = await graded(
        rubric(MAY_ABSTAIN), lambda _: distribution({"yes": 0.45, "no": 0.15, "unsure": 0.4})
    )
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.45 / 0.6)
    assert request.choices == ("yes", "no", "unsure")
    assert request.messages[1]["content"].endswith(
        "unsure: cannot be told from the text\nAnswer with exactly one of: yes, no, unsure."
    )


@pytest.mark.parametrize("chance", [0.4, 0.9, 1.0])
async def test_p01_an_abstention_is_no_verdict(chance: float) -> None:
    rest = (1 - chance) / 2
    outcome, _ = await graded(
        rubric(MAY_ABSTAIN), lambda _: distribution({"yes": rest, "no": rest, "unsure": chance})
    )
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.JUDGE_ABSTAINED


async def test_a_scale_has_one_letter_more() -> None:
    outcome, (request,) = await graded(
        rubric({**DEPTH, "abstain": True}), lambda _: distribution({"C": 0.4, "D": 0.4, "E": 0.2})
    )
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.75)
    assert request.choices == ("B", "C", "D", "E")
    assert "\nD: much\nE: cannot be told from the text\n" in request.messages[1]["content"]


async def test_on_a_sheet_too() -> None:
    outcome, _ = await graded(rubric(MAY_ABSTAIN, TRUE, judge=ALL), sheet({"1": "unsure", "2": "yes"}))
    assert [verdict.cause for verdict in outcome.verdicts] == [Cause.JUDGE_ABSTAINED, None]


# -- quotations ------------------------------------------------------------------------------------

QUOTED: dict[str, Json] = {**CLEAR, "evidence": "quote"}


@pytest.mark.parametrize(
    ("quotation", "value", "reason"),
    [('"Clause 2(b)"', 0.8, '"Clause 2(b)"'), ("clause 3", 0.0, UNSHOWN), ("p", 0.0, UNSHOWN)],
)
async def test_a_yes_counts_with_a_quotation_that_stands_there(
    quotation: str, value: float, reason: str
) -> None:
    outcome, (first, second) = await graded(rubric(QUOTED), reasoning(quotation))
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(value)
    assert only(outcome).reason == reason
    assert second.messages[:2] == first.messages
    assert second.messages[2:] == [
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": QUOTE},
    ]


async def test_a_no_needs_no_quotation() -> None:
    outcome, requests = await graded(rubric(QUOTED), reasoning("unused", 0.4))
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(0.4)
    assert len(requests) == 1


async def test_a_quotation_may_not_come_out_of_the_prompt() -> None:
    judge, _ = judge_of(reasoning("a long enough prompt"))
    asked = Rollout(id="r", completion=Completion("See clause 2(b)."), prompt="a long enough prompt")
    outcome = await grade(rubric(QUOTED), asked, judge)
    assert isinstance(outcome, Score)
    assert outcome.value == 0.0


@pytest.mark.parametrize(
    ("reply", "cause"),
    [(text(""), Cause.JUDGE_GARBLED), (Reply("", refusal="I won't."), Cause.JUDGE_REFUSED)],
)
async def test_p01_no_quotation_is_no_verdict(reply: Reply, cause: Cause) -> None:
    outcome, _ = await graded(rubric(QUOTED), lambda request: answer("yes") if request.choices else reply)
    assert isinstance(outcome, Unscored)
    assert outcome.cause is cause


async def test_p10_a_quotation_is_asked_for_once() -> None:
    judge, backend = judge_of(reasoning("made up"), cache=Memory(2**20, 60.0))
    first, second = [await grade(rubric(QUOTED), rollout(), judge) for _ in range(2)]
    assert isinstance(first, Score)
    assert isinstance(second, Score)
    assert first.value == second.value == 0.0
    assert len(backend.requests) == 2


async def test_reasoning_an_answer_and_its_quotation_are_one_conversation() -> None:
    outcome, requests = await graded(rubric(QUOTED, judge=REASONING), reasoning("clause 2(b)"))
    assert isinstance(outcome, Score)
    assert [last_line(request) for request in requests] == [
        REASON,
        "Answer with exactly one of: yes, no.",
        QUOTE,
    ]
    assert [len(request.messages) for request in requests] == [2, 4, 6]


async def test_a_statement_with_a_quotation_is_asked_by_itself() -> None:
    def script(request: Request) -> Reply:
        if request.menus:
            return text(json.dumps({number: "yes" for number, _ in request.menus}))
        return answer("yes") if request.choices else text("clause 2(b)")

    outcome, requests = await graded(rubric(CLEAR, QUOTED | {"id": "quoted"}, TRUE, judge=ALL), script)
    assert isinstance(outcome, Score)
    assert {request.id for request in requests} == {"r1/clear+true", "r1/quoted"}


# -- those who are not asked -----------------------------------------------------------------------


async def test_what_a_classifier_decides_is_handed_on() -> None:
    seen = []

    async def classify(criterion: object, texts: object) -> Reading:
        seen.append((criterion, texts))
        return Reading({"yes": 0.25, "no": 0.75})

    found = rubric({"id": "faithful", "classifier": {"claim": "completion"}})
    outcome = await grade(found, rollout(), None, classify)
    assert isinstance(outcome, Score)
    assert outcome.value == 0.25
    assert seen == [(found.criteria[0].classifier, {"prompt": "p", "completion": rollout().completion.text})]
