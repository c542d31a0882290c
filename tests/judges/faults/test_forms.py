"""Verdicts without log-probabilities: one object, one choice, or nothing."""

import asyncio
from collections.abc import Mapping
from functools import partial

import pytest

from rubrics.cause import Cause
from tests.judges.faults.making import failed, judge_at, verdicts_of
from tests.judges.faults.modes.verdicts import message
from tests.judges.faults.reply import honest
from tests.judges.faults.server import JudgeHouse
from tests.judges.faults.truth import chance

pytestmark = pytest.mark.usefixtures("hasty")

TEXTS = ("t1", "t2")
IN_JSON: Mapping[str, str] = {
    "two_objects": '{"verdict": "yes"}{"verdict": "yes"}',
    "two_on_two_lines": '{"verdict": "yes"}\n{"verdict": "no"}',
    "doubled_key": '{"verdict": "no", "verdict": "yes"}',
    "doubled_by_an_escape": '{"verdict": "no", "\\u0076erdict": "yes"}',
    "one_more_key": '{"verdict": "yes", "reason": "because"}',
    "another_key": '{"answer": "yes"}',
    "key_in_capitals": '{"Verdict": "yes"}',
    "no_key": "{}",
    "number": '{"verdict": 1}',
    "true": '{"verdict": true}',
    "null": '{"verdict": null}',
    "nan": '{"verdict": NaN}',
    "huge": '{"verdict": 1e999}',
    "list": '["yes"]',
    "list_in_it": '{"verdict": ["yes"]}',
    "nested": '{"verdict": ' * 5000 + '"yes"' + "}" * 5000,
    "bare": "yes",
    "quoted": '"yes"',
    "cut": '{"verdict": "yes"',
    "fenced": '```json\n{"verdict": "yes"}\n```',
    "trailing": '{"verdict": "yes"} I am sure.',
    "leading": 'Sure: {"verdict": "yes"}',
    "byte_order_mark": '\ufeff{"verdict": "yes"}',
    "single_quotes": "{'verdict': 'yes'}",
    "not_on_offer": '{"verdict": "maybe"}',
    "empty": "",
    "blank": " ",
    "exclamation_marks": "!!!!",
}
IN_WORDS: Mapping[str, str] = {
    "explained": "yes, because the text says so",
    "both": "yes no",
    "echo": "Answer with exactly one of: yes, no.",
    "negated": "not yes",
    "within_a_word": "yesterday",
    "json": '{"verdict": "yes"}',
    "empty": "",
    "blank": "\n",
    "exclamation_marks": "!!!!",
    "look_alike": "y\u0435s",
    "nul": "yes\x00",
}
CASES = [
    *(("json", name, content) for name, content in IN_JSON.items()),
    *((form, name, content) for form in ("choice", "text") for name, content in IN_WORDS.items()),
]


@pytest.mark.parametrize(("form", "name", "content"), CASES, ids=lambda value: str(value)[:24])
async def test_p06_what_is_not_exactly_one_verdict_is_none(
    house: JudgeHouse, form: str, name: str, content: str
) -> None:
    with house.judge(honest) as endpoint:
        judge = judge_at(endpoint, verdict=form)
        endpoint.behave = partial(message, content=content)
        endpoint.strikes = lambda call: call.key[1] == "c2"
        found = await verdicts_of(judge, TEXTS)
        await judge.aclose()
    causes = failed(found)
    assert set(causes) == {(text, "c2") for text in TEXTS}
    assert set(causes.values()) <= {Cause.JUDGE_GARBLED, Cause.CONTENT_BREAKS_JUDGE}
    assert all(found[key].probability == float(chance(key) >= 0.5) for key in found.keys() - causes.keys())


@pytest.mark.parametrize("form", ["choice", "json", "text"])
async def test_p01_a_verdict_that_was_cut_short_is_none(house: JudgeHouse, form: str) -> None:
    content = '{"verdict": "yes"' if form == "json" else "yes, but only as far as"
    with house.judge(honest, behave=partial(message, content=content, reason="length")) as endpoint:
        judge = judge_at(endpoint, verdict=form)
        found = await asyncio.wait_for(verdicts_of(judge, TEXTS), 5)
        await judge.aclose()
    assert set(failed(found).values()) == {Cause.JUDGE_GARBLED}
    assert set(failed(found)) == set(found)
