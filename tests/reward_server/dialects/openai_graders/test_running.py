"""The answer's form, and that nothing a client or a policy sends can be a bug or a number that is none."""

import json
import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.fine_tuning.alpha.grader_run_response import GraderRunResponse, Metadata, MetadataErrors
from pydantic import BaseModel

from reward_server.dialects.openai_graders.graded import FLAG_OF, Graded
from reward_server.dialects.openai_graders.judge_lookup import Judges
from reward_server.dialects.openai_graders.response import FLAGS, RunResponse, respond
from reward_server.dialects.openai_graders.running import run, validate
from reward_server.wire.status import RequestError
from rubrics.cause import Cause
from rubrics.outcome import Score, Unscored
from tests.reward_server.dialects.openai_graders.trying import (
    Json,
    certain,
    check,
    judged_by,
    raised,
    score_model,
    try_grader,
)


def names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_the_answer_has_the_fields_of_the_package_and_two_more() -> None:
    answer = respond("n", "multi", None, Graded.scored(1, "why"), 0.1)
    found = msgspec.json.decode(msgspec.json.encode(answer))
    assert set(found) == names(GraderRunResponse)
    assert set(found["metadata"]) == names(Metadata) | {"cause", "detail"}
    assert set(found["metadata"]["errors"]) == names(MetadataErrors)
    assert set(FLAGS) < names(MetadataErrors)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_is_null_under_one_flag(cause: Cause) -> None:
    answer = respond("n", "score_model", "m", Graded.unscored(Unscored(cause, "so it was")), 0.1)
    found = msgspec.json.decode(msgspec.json.encode(answer))
    assert found["reward"] is None
    assert raised(found) == {FLAG_OF.get(cause, "other_error")}
    assert (found["metadata"]["cause"], found["metadata"]["detail"]) == (cause, "so it was")


def test_every_trouble_of_a_judge_has_a_flag_of_judges() -> None:
    ours = {cause for cause in Cause if cause.startswith("judge_")}
    assert ours <= FLAG_OF.keys()
    assert all(FLAG_OF[cause].startswith("model_grader_") for cause in ours)


def test_a_parts_trouble_is_told_in_the_whole() -> None:
    down = Unscored(Cause.JUDGE_UNREACHABLE, "no connection")
    result = Graded(Score(1.0), frozenset({"model_grader_server_error"}), {"a": Score(1.0), "b": down})
    answer = respond("n", "multi", None, result, 0.1)
    assert answer.sub_rewards == {"a": 1.0, "b": None}
    assert answer.metadata.errors["model_grader_server_error_details"] == "judge_unreachable: no connection"


async def test_a_long_sample_is_not_looked_at() -> None:
    answer = await try_grader(check(), "x" * 1_000_001, {"answer": "x"})
    assert (answer["reward"], raised(answer)) == (None, {"truncated_observation_error"})
    assert answer["metadata"]["detail"] == "1,000,001 characters; this server takes 1,000,000"


def test_a_grader_comes_back_as_it_was_sent() -> None:
    grader = b'{"reference" : "1", "type":"string_check","name": "n", "input":"\xc3\xbc", "operation":"eq"}'
    assert validate(b'{"grader": %b }' % grader, {}) == b'{"grader":%b}' % grader


WORDS = st.sampled_from(
    [
        "{{",
        "}}",
        "{{item.a}}",
        "{{sample.output_text}}",
        "{{sample.output_json.a}}",
        " ",
        "a",
        "\ud800",
        "\x00",
        "1",
    ]
)
TEXTS = st.lists(WORDS, max_size=4).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)
LEAVES = st.one_of(
    st.builds(
        lambda text, reference, operation: check(input=text, reference=reference, operation=operation),
        TEXTS,
        TEXTS,
        st.sampled_from(["eq", "ne", "like", "ilike", "no"]),
    ),
    st.builds(
        lambda text, reference, metric: {
            "type": "text_similarity",
            "name": "t",
            "input": text,
            "reference": reference,
            "evaluation_metric": metric,
        },
        TEXTS,
        TEXTS,
        st.sampled_from(["fuzzy_match", "bleu", "gleu", "meteor", "rouge_2", "rouge_l", "cosine"]),
    ),
    st.builds(
        lambda text, ends: score_model(input=[{"role": "user", "content": text}], range=ends),
        TEXTS,
        st.lists(st.floats(-10, 10), max_size=3),
    ),
    VALUES,
)
FORMULAS = st.lists(
    st.sampled_from(["a", "b", "+", "-", "/", "^", "(", ")", "max(a, b)", "0", "2", "log"]), max_size=6
)
GRADERS = LEAVES | st.builds(
    lambda formula, graders: {"type": "multi", "name": "m", "graders": graders, "calculate_output": formula},
    FORMULAS.map(" ".join),
    st.dictionaries(st.sampled_from("ab"), LEAVES, max_size=2) | LEAVES,
)


@settings(max_examples=300, deadline=None)
@given(GRADERS, TEXTS, VALUES)
async def test_p06_any_request_gets_a_number_or_null_with_a_flag_or_a_path(
    grader: Json, sample: str, item: object
) -> None:
    judges, _ = judged_by(certain("B"))
    body = json.dumps({"grader": grader, "model_sample": sample, "item": item}).encode()
    answer = await answered(body, judges)
    if isinstance(answer, RequestError):
        assert answer.code == "invalid_field"
        assert answer.path is not None
    elif answer.reward is None:
        assert answer.metadata.cause is not None
        assert any(answer.metadata.errors.values())
    else:
        assert math.isfinite(answer.reward)
        assert answer.metadata.cause is None


async def answered(body: bytes, judges: Judges) -> RunResponse | RequestError:
    try:
        answer = await run(body, judges, 5.0, 100)
    except RequestError as refused:
        return refused
    msgspec.json.encode(answer)
    return answer
