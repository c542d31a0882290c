"""What the simulated judge says where more is asked than one verdict."""

import json

import pytest

from judges.prompts import wording
from judges.prompts.wording import sheet
from judges.sim import conversation, question
from judges.sim.conversation import quotation, reply, verdict_on
from judges.sim.verdict import judge
from rubrics.criteria.criterion import Criterion

EVIDENCE = "<data-x-1>\nThe author cites clause seven. It quotes words!\nMore, at last\n</data-x-1>\n\n"
CITES = Criterion.model_validate({"id": "a", "ask": "Cites clause seven?"})
SWORN = Criterion.model_validate({"id": "b", "ask": "Sworn before witnesses?", "abstain": True})
LEVEL = Criterion.model_validate({"id": "c", "ask": "Quotes words?", "scale": ["poor", "fair", "good"]})


def test_it_knows_the_lines_that_prompts_ask_with() -> None:
    assert wording.REASON.startswith(question.REASON_LINE)
    assert wording.QUOTE.startswith(conversation.QUOTE_LINE)
    assert wording.OBJECT.startswith(conversation.OBJECT_LINE)
    assert f"x{question.UNSURE_LINE}" in wording.question(SWORN).replace("unsure:", "x:")


@pytest.mark.parametrize("listed", [False, True])
def test_each_statement_of_a_sheet_is_judged_as_by_itself(listed: bool) -> None:
    criteria = {"1": CITES, "2": SWORN, "3": LEVEL}
    system = "Rules.\n\nCriteria:\n\n" + "\n\n".join(
        wording.listing(criterion, int(number)) for number, criterion in criteria.items()
    )
    message = EVIDENCE + sheet(criteria, listed=listed)
    said = json.loads(reply([message], system if listed else "", None).text)
    alone = {number: judge(EVIDENCE + wording.question(each)).choice for number, each in criteria.items()}
    assert said == alone == {"1": "yes", "2": "no", "3": "C"}


def test_it_reasons_and_then_answers_the_question_of_the_first_message() -> None:
    first = EVIDENCE + wording.to_reason(CITES)
    assert reply([first], "", None).text.startswith("Simulated: 3 of 3 words")
    answered = verdict_on([first, wording.offer(CITES)], "")
    assert answered.probabilities == judge(EVIDENCE + wording.question(CITES)).probabilities


def test_it_quotes_the_passage_that_has_most_words_of_the_question() -> None:
    assert quotation(EVIDENCE + wording.question(CITES), "") == "The author cites clause seven"
    assert quotation(EVIDENCE + wording.question(LEVEL), "") == "It quotes words"
    assert quotation("<data-x-1>\n\n</data-x-1>\n\n" + wording.question(CITES), "") == "none"
    assert reply([EVIDENCE + wording.question(CITES), wording.QUOTE], "", None).text.startswith("The author")


def test_doubt_is_greatest_in_the_middle() -> None:
    # 2 of 5 words: p = 1/2, u = 2 x 1/4 = 1/2; yes and no share the other half of 0.98
    half = Criterion.model_validate({"id": "h", "ask": "alpha bravo charlie delta echoes?", "abstain": True})
    verdict = judge("<data-x-1>\nalpha bravo\n</data-x-1>\n" + wording.question(half))
    assert verdict.probabilities == pytest.approx({"yes": 0.245, "no": 0.245, "unsure": 0.49})


@pytest.mark.parametrize("limit", [1, 5])
def test_the_limit_holds_for_words(limit: int) -> None:
    said = reply([EVIDENCE + wording.to_reason(CITES)], "", limit)
    assert (len(said.tokens), said.finish_reason) == (limit, "length")
