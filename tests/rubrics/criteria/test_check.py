import time

import pytest

from rubrics.cause import Cause
from rubrics.criteria.check import Check
from rubrics.layout import Layout
from rubrics.outcome import Score, Unscored
from rubrics.rollout import Json
from tests.rubrics.making import problem_of, rollout_of

THINK_THEN_JSON = Layout.model_validate(
    {"reasoning": {"tag": "think"}, "answer": {"json": {"spam": [True, False], "why": "string"}}}
)
OBJECT: Json = {"type": "object", "required": ["spam"], "properties": {"why": {"pattern": "^(a+)+$"}}}


def value(check: dict[str, Json], text: str, layout: Layout | None = None) -> float:
    outcome = Check.model_validate(check)(rollout_of(text, layout=layout or Layout()))
    assert isinstance(outcome, Score)
    return outcome.value


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [
        ({"regex": r"\b1\([a-d]\)"}, "see 1(b) there", 1),
        ({"regex": r"\b1\([a-d]\)"}, "see 1(e) there", 0),
        ({"regex": "^a$"}, "b\na", 0),
        ({"regex": "(?m)^a$"}, "b\na", 1),
        ({"regex": "ä.c"}, "xäßc", 1),
        ({"not_regex": "(?i)as an ai"}, "As an AI, I", 0),
        ({"not_regex": "(?i)as an ai"}, "plain", 1),
        ({"contains": ["a", "b"]}, "xbx", 1),
        ({"contains": ["a", "b"], "mode": "any"}, "xx", 0),
        ({"contains": ["a", "b"], "mode": "all"}, "xbx", 0),
        ({"contains": ["a", "b"], "mode": "all"}, "ab", 1),
        ({"words": {"at_least": 2}}, "one", 0),
        ({"words": {"at_least": 2}}, "one two", 1),
        ({"words": {"at_most": 2}}, "one two", 1),
        ({"words": {"at_most": 2}}, "one two three", 0),
        ({"words": {"at_least": 1, "at_most": 2}}, "", 0),
        ({"json_schema": OBJECT}, '{"spam": true}', 1),
        ({"json_schema": OBJECT}, '```json\n{"spam": true}\n```', 1),
        ({"json_schema": OBJECT}, '{"ham": true}', 0),
        ({"json_schema": OBJECT}, '{"spam": true, "why": "ab"}', 0),
        ({"json_schema": OBJECT}, '{"spam": true} and more', 0),
        ({"json_schema": OBJECT}, '{"spam": true, "spam": true}', 0),
        ({"json_schema": OBJECT}, "[]", 0),
        ({"json_schema": OBJECT}, "", 0),
        ({"python": "tests.rubrics.author_checks:has_two_lines"}, "a\nb", 1),
        ({"python": "tests.rubrics.author_checks:has_two_lines"}, "a", 0),
        ({"python": "tests.rubrics.author_checks:share_of_capitals"}, "AbCd", 0.5),
    ],
)
def test_checks(check: dict[str, Json], text: str, expected: float) -> None:
    assert value(check, text) == expected


def test_a_check_looks_at_one_part() -> None:
    text = '<think>alpha beta</think>{"spam": true, "why": "gamma"}'
    for of, words in {
        "reasoning": ["alpha"],
        "answer": ["gamma"],
        "all": ["alpha", "gamma", "<think>"],
    }.items():
        for word in ("alpha", "gamma", "<think>"):
            check: dict[str, Json] = {"contains": [word], "of": of}
            assert value(check, text, THINK_THEN_JSON) == float(word in words)


def test_a_missing_part_is_empty_text() -> None:
    assert value({"words": {"at_most": 0}, "of": "reasoning"}, "no tags", THINK_THEN_JSON) == 1
    assert value({"not_regex": ".", "of": "reasoning"}, "no tags", THINK_THEN_JSON) == 1


def test_a_schema_reads_the_answers_json() -> None:
    check: dict[str, Json] = {"json_schema": OBJECT, "of": "answer"}
    assert value(check, '<think>x</think>{"spam": true, "why": "aaa"}', THINK_THEN_JSON) == 1
    assert value(check, '<think>x</think>{"spam": true, "why": "b"}', THINK_THEN_JSON) == 0
    assert value(check, '<think>x</think>{"spam": true} {"spam": true}', THINK_THEN_JSON) == 0


def test_an_authors_function_sees_the_rollout() -> None:
    check = Check.model_validate({"python": "tests.rubrics.author_checks:mentions_the_truth"})
    assert check(rollout_of("it is 42", ground_truth=42)) == Score(1.0)


def test_an_authors_function_may_say_what_the_sample_lacks() -> None:
    check = Check.model_validate({"python": "tests.rubrics.author_checks:needs_tools"})
    assert check(rollout_of("x")) == Unscored(Cause.MISSING_FIELD, "there are no tools")


@pytest.mark.parametrize(
    ("function", "detail"),
    [
        ("share_of_capitals", "tests.rubrics.author_checks:share_of_capitals raised ZeroDivisionError"),
        ("too_much", "tests.rubrics.author_checks:too_much returned neither a bool nor a value from 0 to 1"),
        (
            "not_a_number",
            "tests.rubrics.author_checks:not_a_number returned neither a bool nor a value from 0 to 1",
        ),
        ("nothing", "tests.rubrics.author_checks:nothing returned neither a bool nor a value from 0 to 1"),
    ],
)
def test_p01_a_bug_in_an_authors_function_is_unscored(function: str, detail: str) -> None:
    check = Check.model_validate({"python": f"tests.rubrics.author_checks:{function}"})
    assert check(rollout_of("")) == Unscored(Cause.COMPONENT_ERROR, detail)


HOSTILE = [
    "\ud800 lone surrogate",
    "\x00\x1b[31m",
    "{" * 100_000,
    '{"spam": ' * 500 + "1" + "}" * 500,
    '{"spam": ' + "[" * 900 + "]" * 900 + "}",
    '{"spam": "\\ud800"}',
    '{"spam": 1' + "0" * 4000 + "}",
    '{"spam": NaN}',
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "check",
    [
        {"regex": "[^a]+$"},
        {"not_regex": "x"},
        {"contains": ["a"]},
        {"words": {"at_least": 1}},
        {"json_schema": OBJECT},
    ],
)
def test_p04_hostile_text_is_a_score(check: dict[str, Json], text: str) -> None:
    assert value(check, text) in (0.0, 1.0)


@pytest.mark.parametrize(
    "check",
    [
        {"regex": "(a+)+$"},
        {"not_regex": "(a|aa)+b"},
        {"contains": ["a" * 1000 + "b"]},
        {"words": {"at_least": 1}},
        {"json_schema": {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}},
    ],
)
def test_p18_checks_are_linear_on_long_text(check: dict[str, Json]) -> None:
    text = '{"a": "' + "a" * 2_000_000 + '!"}'
    compiled = Check.model_validate(check)
    compiled(rollout_of("warm up"))
    started = time.process_time()
    compiled(rollout_of(text))
    assert time.process_time() - started < 2


def test_a_bad_pattern_is_reported_once(capfd: pytest.CaptureFixture[str]) -> None:
    """RE2 would write to the process's standard error by itself."""
    problem_of("criteria: [{id: a, check: {regex: '(?<=x)y'}}]")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("{regex: '(?=a)b'}", "not an RE2 pattern: invalid perl operator: (?= (RE2 has no look-around"),
        ("{regex: '('}", "not an RE2 pattern: missing ): ("),
        ("{json_schema: {type: objekt}}", 'not a JSON Schema: "objekt" is not valid'),
        ("{json_schema: {pattern: '(?=a)'}}", "not a JSON Schema"),
        ("{json_schema: {$ref: 'http://127.0.0.1:9/schema.json'}}", "Retrieval is disabled"),
        ("{words: {}}", "say at_least, at_most or both"),
        ("{words: {at_least: 5, at_most: 3}}", "at_most 3 is less than at_least 5"),
        (
            "{of: answer}",
            "a check is exactly one of regex, not_regex, contains, json_schema, words, python; found none",
        ),
        ("{regex: a, contains: [b]}", "found regex and contains"),
        ("{regex: a, mode: all}", "`mode` belongs to `contains`"),
        ("{python: no_module}", "name a function as `package.module:function`"),
        ("{python: 'no.such.module:f'}", "cannot import `no.such.module`"),
        ("{python: 'tests.rubrics.author_checks:missing'}", "`tests.rubrics.author_checks` has no `missing`"),
        ("{python: 'tests.rubrics.author_checks:NOT_A_FUNCTION'}", "is a str, not a function"),
        ("{regexp: a}", "did you mean `regex`?"),
    ],
)
def test_mistakes(check: str, message: str) -> None:
    found = problem_of(f"criteria: [{{id: a, check: {check}}}]")
    assert message in found
    assert found.startswith("rubric.yaml:3:")
