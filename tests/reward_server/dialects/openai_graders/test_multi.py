"""`multi`: a formula over other graders' scores, none of which may be made up."""

import msgspec
import pytest

from judges.backends.scripted import distribution, text
from reward_server.dialects.openai_graders.binding import bind
from reward_server.wire.status import RequestError
from tests.reward_server.dialects.openai_graders.trying import (
    Json,
    certain,
    check,
    judged_by,
    raised,
    score_model,
    try_grader,
)

ITEM = {"answer": "Paris"}


def multi(formula: str, **graders: Json) -> Json:
    return {"type": "multi", "name": "both", "graders": graders, "calculate_output": formula}


async def test_the_formula_is_computed_from_the_parts() -> None:
    judges, _ = judged_by(lambda _: distribution({"4": 0.5, "5": 0.5}))
    grader = multi("0.8 * exact + 0.2 * (quality - 1) / 4", exact=check(), quality=score_model(range=[1, 5]))
    answer = await try_grader(grader, "Paris", ITEM, judges)
    assert answer["reward"] == pytest.approx(0.8 + 0.2 * 3.5 / 4)
    assert answer["sub_rewards"] == {"exact": 1.0, "quality": pytest.approx(4.5)}
    assert answer["metadata"]["scores"] == answer["sub_rewards"]
    assert raised(answer) == set()


async def test_a_part_that_is_missing_leaves_no_reward() -> None:
    judges, _ = judged_by(lambda _: text("blorf"))
    grader = multi("0.8 * exact + 0.2 * quality", exact=check(), quality=score_model())
    answer = await try_grader(grader, "Paris", ITEM, judges)
    assert answer["reward"] is None
    assert answer["sub_rewards"] == {"exact": 1.0, "quality": None}
    assert raised(answer) == {"model_grader_parse_error"}
    assert answer["metadata"]["detail"].startswith("quality: ")


async def test_a_part_that_the_formula_leaves_out_may_be_missing() -> None:
    judges, _ = judged_by(lambda _: text("blorf"))
    answer = await try_grader(multi("exact", exact=check(), quality=score_model()), "Paris", ITEM, judges)
    assert answer["reward"] == 1.0
    assert answer["sub_rewards"] == {"exact": 1.0, "quality": None}


async def test_the_policys_fault_is_the_least_score_of_the_part() -> None:
    grader = multi("exact + json", exact=check(), json=check(input="{{sample.output_json.city}}"))
    answer = await try_grader(grader, "Paris", ITEM)
    assert (answer["reward"], answer["sub_rewards"]) == (1.0, {"exact": 1.0, "json": 0.0})
    assert raised(answer) == {"sample_parse_error"}


async def test_a_formula_without_a_value_leaves_no_reward() -> None:
    answer = await try_grader(multi("1 / exact", exact=check()), "Rome", ITEM)
    assert (answer["reward"], raised(answer)) == (None, {"formula_parse_error"})
    assert answer["metadata"]["detail"] == "the formula has no value: float division by zero"
    assert (await try_grader(multi("1 / exact", exact=check()), "Paris", ITEM))["reward"] == 1.0


async def test_one_grader_as_the_sdk_types_it_goes_by_its_own_name() -> None:
    grader = {**multi("2 * exact"), "graders": check("exact")}
    assert (await try_grader(grader, "Paris", ITEM))["reward"] == 2.0


async def test_a_part_may_be_called_type() -> None:
    assert (await try_grader(multi("type", type=check()), "Paris", ITEM))["reward"] == 1.0


async def test_parts_are_asked_at_once() -> None:
    judges, backend = judged_by(certain("B"))
    parts = {f"part{n}": score_model(name=f"part{n}", range=[0, n + 10.5]) for n in range(8)}
    await try_grader(multi("max(part0, part7)", **parts), "Paris", ITEM, judges)
    assert len(backend.requests) == 8


COSINE = {
    "type": "text_similarity", "name": "x", "input": "", "reference": "", "evaluation_metric": "cosine",
}  # fmt: skip
PYTHON = {"type": "python", "name": "code", "source": "def grade(sample, item): return 1"}


@pytest.mark.parametrize(
    ("grader", "path", "told"),
    [
        ({}, "$.grader", "type"),
        ([], "$.grader", "array"),
        ({"type": "endpoint", "name": "x", "url": "http://x"}, "$.grader.type", "endpoint"),
        ({**check(), "name": ""}, "$.grader.name", "length"),
        (check(operation="equals"), "$.grader.operation", "equals"),
        (check(input="{{item.answer"), "$.grader.input", "without"),
        (check(reference="{{sample.text}}"), "$.grader.reference", "'text'"),
        ({**check(), "reverence": "x"}, "$.grader", "reverence"),
        (PYTHON, "$.grader", "runs no code"),
        ({**check(), "type": "text_similarity"}, "$.grader", "operation"),
        (COSINE, "$.grader.evaluation_metric", "embeddings"),
        (score_model(model="gpt-4o"), "$.grader.model", "'gpt-4o'"),
        (score_model(range=[1, 1]), "$.grader.range", "empty"),
        (score_model(range=[2, 1]), "$.grader.range", "empty"),
        (score_model(range=[-1e308, 1e308]), "$.grader.range", "empty"),
        (score_model(range=[0, 1e308]), "$.grader.range", "empty"),
        (score_model(range=[0, 1, 2]), "$.grader.range", "length 2"),
        (score_model(input=[]), "$.grader.input", "length"),
        (score_model(input=[{"role": "user", "content": {"type": "input_image", "image_url": "http://x"}}]),
         "$.grader.input[0].content", "input_image"),
        (score_model(input=[{"role": "tool", "content": "x"}]), "$.grader.input[0].role", "tool"),
        (multi("1"), "$.grader.graders", "0 graders"),
        (multi("a", b=check()), "$.grader.calculate_output", "'a'"),
        (multi("b +", b=check()), "$.grader.calculate_output", "the end at character 4"),
        (multi("b", b=multi("c", c=check())), "$.grader.graders.b.type", "multi"),
        (multi("b", b=check(input="{{x.y}}")), "$.grader.graders.b.input", "'x'"),
        (multi("b", b=PYTHON), "$.grader.graders.b", "runs no code"),
        ({**multi("1"), "graders": {"odd name": check(input="{{")}},
         "$.grader.graders['odd name'].input", "without"),
        ({**multi("1"), "graders": "x"}, "$.grader.graders", "object"),
        (multi("1", **{f"b{n}": check() for n in range(65)}), "$.grader.graders", "65 graders"),
    ],
)  # fmt: skip
def test_every_mistake_is_found_beforehand_with_its_path(grader: Json, path: str, told: str) -> None:
    judges, backend = judged_by(certain("B"))
    with pytest.raises(RequestError) as refused:
        bind(msgspec.Raw(msgspec.json.encode(grader)), judges)
    assert (refused.value.code, refused.value.path) == ("invalid_field", path)
    assert told in refused.value.message
    assert backend.requests == []


@pytest.mark.parametrize(
    ("labels", "passing", "path"),
    [
        (["a"], ["a"], "labels"), (["a", "a"], ["a"], "labels"),
        ([str(n) for n in range(21)], ["1"], "labels"),
        (["a", "b"], ["c"], "passing_labels"), (["a", "b"], [], "passing_labels"),
    ],
)  # fmt: skip
def test_labels_must_make_a_choice(labels: list[str], passing: list[str], path: str) -> None:
    judges, _ = judged_by(certain("B"))
    messages = [{"role": "user", "content": "x"}]
    given = {"type": "label_model", "name": "l", "model": "grader", "input": messages}
    grader = {**given, "labels": labels, "passing_labels": passing}
    with pytest.raises(RequestError) as refused:
        bind(msgspec.Raw(msgspec.json.encode(grader)), judges)
    assert refused.value.path == f"$.grader.{path}"


def test_python_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(RequestError) as refused:
        bind(msgspec.Raw(msgspec.json.encode(PYTHON)), {})
    assert "`use: python`" in str(refused.value.hint)
