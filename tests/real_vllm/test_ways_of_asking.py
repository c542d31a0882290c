"""Statements together under a real JSON schema, and reasoning before an answer, on a real vLLM."""

import pytest

from judges.grade import grade
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Score, Unscored
from rubrics.rollout import Json, Rollout
from rubrics.rubric import Rubric
from tests.real_vllm.conftest import Vllm

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

ROLLOUT = Rollout(id="r", prompt="a post", completion=Completion("It names clause 2(b), word for word."))
CLEAR: dict[str, Json] = {"id": "clear", "ask": "It is clear."}
DEPTH: dict[str, Json] = {"id": "depth", "ask": "How deep is it?", "scale": ["none", "some", "much"]}


def rubric(*criteria: dict[str, Json], **judge: Json) -> Rubric:
    content = {"schema": "rubric/v1", "id": "r", "criteria": list(criteria), "judge": judge}
    return Rubric.model_validate(content)


async def test_the_schema_binds_the_answers_of_a_sheet(vllm: Vllm) -> None:
    """The tiny model babbles: without the schema there would be no object to read."""
    outcome = await grade(rubric(CLEAR, DEPTH, mode="all"), ROLLOUT, vllm.judge())
    assert isinstance(outcome, Score)
    assert [verdict.probability in (0.0, 0.5, 1.0) for verdict in outcome.verdicts] == [True, True]
    bare = await grade(rubric(CLEAR, DEPTH, mode="all"), ROLLOUT, vllm.judge(verdict="text"))
    assert isinstance(bare, Unscored)


async def test_a_judge_reasons_before_it_answers(vllm: Vllm) -> None:
    outcome = await grade(rubric(CLEAR, reason_first=True), ROLLOUT, vllm.judge(verdict="token"))
    if isinstance(outcome, Score):
        assert outcome.verdicts[0].reason
    else:  # after its own babble the tiny model may not care for the answers
        assert outcome.cause is Cause.JUDGE_ABSTAINED
