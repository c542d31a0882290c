"""Variables are found once, in what the author wrote, and filled in with what is text and nothing else."""

import time

import pytest

from reward_server.dialects.openai_graders.template import Variable, parse
from reward_server.dialects.openai_graders.variables import ItemError, SampleError, Variables
from reward_server.wire.status import RequestError


def fill(template: str, sample: str = "", item: object = None) -> str:
    return parse(template, "$").fill(Variables(sample, item).text)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("no variable", "no variable"),
        ("", ""),
        ("{{item.answer}}", "42"),
        ("<{{  item.answer  }}>", "<42>"),
        ("{{ item.steps[1].text }}", "two"),
        ("{{ item['odd key'] }}{{ item[\"odd key\"] }}", "oddodd"),
        ("{{ item.count }} {{ item.share }} {{ item.right }}", "3 0.5 true"),
        ("{{ item.steps }}", '[{"text":"one"},{"text":"two"}]'),
        ("{{ item.by-line }}", "me"),
        ("{ {item.answer} }", "{ {item.answer} }"),
        ("a }} b", "a }} b"),
        ("{{sample.output_text}}/{{sample.output_json.answer}}", '{"answer": "ü"}/ü'),
        ("{{sample.output_json}}", '{"answer":"ü"}'),
    ],
)
def test_a_template_is_filled(template: str, expected: str) -> None:
    item = {
        "answer": "42", "steps": [{"text": "one"}, {"text": "two"}], "odd key": "odd",
        "count": 3, "share": 0.5, "right": True, "by-line": "me",
    }  # fmt: skip
    assert fill(template, '{"answer": "ü"}', item) == expected


def test_p23_values_are_text_and_are_not_looked_at_again() -> None:
    hostile = "{{ item.secret }} {{sample.output_text}}"
    assert fill("A{{sample.output_text}}B", hostile, {"secret": "s"}) == f"A{hostile}B"
    assert fill("{{item.a}}{{item.b}}", "", {"a": "{{ite", "b": "m.secret}}", "secret": "s"}) == (
        "{{item.secret}}"
    )


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{item.answer", "without"),
        ("{{}}", "not a variable"),
        ("{{ item.__class__() }}", "not a variable"),
        ("{{ item.a + 1 }}", "not a variable"),
        ("{{ items.answer }}", "no namespace 'items'"),
        ("{{ sample }}", "has no ''"),
        ("{{ sample.output_tools }}", "has no 'output_tools'"),
        ("{{ sample.output_text.answer }}", "is text"),
        ("{{ item." + "a" * 300 + " }}", "not a variable"),
    ],
)
def test_what_is_no_variable_is_refused_with_its_place(template: str, told: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse(template, "$.grader.input")
    assert told in refused.value.message
    assert refused.value.path == "$.grader.input"
    assert refused.value.hint
    assert len(refused.value.message) < 200


def test_a_misspelt_variable_is_told_the_right_one() -> None:
    with pytest.raises(RequestError) as refused:
        parse("{{ sample.output_txt }}", "$")
    assert "output_text" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("template", "item"),
    [
        ("{{item.answer}}", {}), ("{{item.answer}}", None), ("{{item.answer}}", {"answer": None}),
        ("{{item.a.b}}", {"a": "text"}), ("{{item.a[2]}}", {"a": [1, 2]}), ("{{item.a[0]}}", {"a": "text"}),
    ],
)  # fmt: skip
def test_what_the_item_lacks_is_not_the_policys_fault(template: str, item: object) -> None:
    with pytest.raises(ItemError, match=r"the item has no value at `item\.a"):
        fill(template, "", item)


@pytest.mark.parametrize(
    "sample", ["", "text", "[1]", '{"answer": 1, "answer": 2}', '{"answer": NaN}', "{}", '{"answer": 1} more']
)
def test_output_that_is_not_the_json_asked_for_is_the_policys_fault(sample: str) -> None:
    with pytest.raises(SampleError, match="the sample"):
        fill("{{sample.output_json.answer}}", sample)


def test_a_deeply_nested_sample_is_the_policys_fault_and_soon_over() -> None:
    deep = '{"a":' * 200_000
    started = time.monotonic()
    for sample in (deep, deep + "1" + "}" * 200_000, '{"a":' + "9" * 100_000 + "}"):
        with pytest.raises(SampleError):
            fill("{{sample.output_json.a}}", sample)
    assert time.monotonic() - started < 5


def test_templates_are_linear() -> None:
    started = time.monotonic()
    with pytest.raises(RequestError):
        parse("{{" * 500_000, "$")
    parse("}}" * 500_000, "$")
    assert len(parse("{{item.a}}" * 100_000, "$").pieces) == 100_000
    assert time.monotonic() - started < 5


def test_a_variable_keeps_its_steps() -> None:
    assert parse("{{ item.a[0]['b.c'] }}", "$").pieces == (
        Variable("item", ("a", 0, "b.c"), "item.a[0]['b.c']"),
    )
