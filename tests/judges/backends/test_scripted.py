"""The public scripted judge, from Python and from a reward file."""

import pytest

from judges.backend import JudgeOptions
from judges.backends.scripted import Scripted, answer, criterion_of, distribution
from judges.judge import Judge
from judges.prompts.framing import Framing
from judges.request import Form, Prompt, Shared
from rubrics.plugin import resolve
from rubrics.rubric import PromptLayout, Rubric
from rubrics.verdict import Reading

EVIDENCE = Shared("Judge.", "evidence: cites a clause\n\n")
RUBRIC = Rubric.model_validate(
    {
        "schema": "rubric/v1",
        "id": "scripted",
        "guidelines": "Count these:\n\nCriteria:\n\n[2] cites a clause",
        "inputs": {"reasoning": {"from": "completion"}},
        "criteria": [{"id": "clause", "ask": "It cites a clause."}, {"id": "rude", "ask": "It is rude."}],
    }
)


def prompt(statement: str) -> Prompt:
    return Prompt(EVIDENCE, f"Criterion: {statement}\nAnswer with exactly one of: yes, no.")


@pytest.mark.parametrize(("statement", "chance"), [("It cites a clause.", 0.9), ("It is rude.", 0.2)])
async def test_words_of_the_criterion_decide(statement: str, chance: float) -> None:
    kind = resolve("scripted", "judges.backends", JudgeOptions)
    assert kind is Scripted
    judge = Judge.of(Scripted.model_validate({"otherwise": 0.2, "chances": {"cites a clause": 0.9}}))
    outcome = await judge.ask(prompt(statement), ("yes", "no"))
    assert isinstance(outcome, Reading)
    assert outcome.choices == pytest.approx({"yes": chance, "no": 1 - chance})
    await judge.aclose()


@pytest.mark.parametrize("layout", ["criterion_last", "listed"])
async def test_they_decide_in_both_layouts(layout: PromptLayout) -> None:
    judge = Judge.of(Scripted.model_validate({"otherwise": 0.2, "chances": {"cites a clause": 0.9}}))
    frame = Framing(RUBRIC, layout).frame({"reasoning": "It is rude, and it cites a clause."})
    outcomes = [await judge.ask(frame.ask(criterion), ("yes", "no")) for criterion in RUBRIC.criteria]
    read = [outcome.choices["yes"] for outcome in outcomes if isinstance(outcome, Reading)]
    assert read == pytest.approx([0.9, 0.2])
    await judge.aclose()


def test_a_number_that_is_not_listed_is_just_a_question() -> None:
    assert criterion_of(Prompt(EVIDENCE, "Criterion: [7]\nAnswer.")).endswith("Criterion: [7]\nAnswer.")


@pytest.mark.parametrize(
    ("form", "chances"), [("token", (0.7, 0.3)), ("choice", (1, 0)), ("json", (1, 0)), ("text", (1, 0))]
)
async def test_it_answers_in_every_form(form: Form, chances: tuple[float, float]) -> None:
    judge = Judge.of(Scripted.model_validate({"verdict": form, "otherwise": 0.7}))
    outcome = await judge.ask(prompt("x"), ("yes", "no"))
    assert isinstance(outcome, Reading)
    assert outcome.choices == pytest.approx(dict(zip(("yes", "no"), chances, strict=True)))
    await judge.aclose()


async def test_the_rest_is_shared_among_the_other_answers() -> None:
    judge = Judge.of(Scripted(chances={}, otherwise=0.4))
    outcome = await judge.ask(prompt("x"), ("A", "B", "C"))
    assert isinstance(outcome, Reading)
    assert outcome.choices == pytest.approx({"A": 0.4, "B": 0.3, "C": 0.3})
    await judge.aclose()


async def test_nothing_is_asked_but_the_question() -> None:
    backend = Scripted(chances={}).open()
    judge = Judge(backend, verdict=Scripted(chances={}).known_form())
    await judge.ask(prompt("x"), ("yes", "no"))
    assert [request.prompt.question for request in backend.requests] == [prompt("x").question]
    await judge.aclose()


def test_its_verdicts_go_into_the_reward_version() -> None:
    assert Scripted(chances={}, otherwise=0.4).identity() != Scripted(chances={}, otherwise=0.5).identity()


def test_replies_are_made_of_one_token() -> None:
    assert answer("yes", 1.0).alternatives == [("yes", 0.0)]
    assert distribution({"A": 0.25, "B": 0.75}).text == "B"
