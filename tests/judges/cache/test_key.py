"""Promise 10: the key covers everything that can change a verdict, each part with its length."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.cache.key import call_key
from judges.request import Prompt, Request, Shared

JUDGE = b"j" * 32
REQUEST = Request(Prompt(Shared("system", "evidence "), "question"), ("yes", "no"))

PARTS = st.lists(st.text(st.sampled_from('ab"\\,[]'), max_size=4), min_size=4, max_size=6)


def other(**changes: object) -> Request:
    return msgspec.structs.replace(REQUEST, **changes)


def prompt(system: str = "system", evidence: str = "evidence ", question: str = "question") -> Prompt:
    return Prompt(Shared(system, evidence), question)


@pytest.mark.parametrize(
    "request_",
    [
        other(prompt=prompt(system="System")),
        other(prompt=prompt(evidence="evidence")),
        other(prompt=prompt(question="question?")),
        other(choices=("no", "yes")),
        other(choices=("yes", "no", "maybe")),
        other(choices=("yesno",)),
        other(form="choice"),
        other(max_tokens=16),
        other(sample=1),
        other(follow_up=({"role": "assistant", "content": "yes"},)),
        other(follow_up=({"role": "user", "content": "yes"},)),
    ],
)
def test_p10_each_part_of_a_request_changes_the_key(request_: Request) -> None:
    assert call_key(JUDGE, request_) != call_key(JUDGE, REQUEST)


def test_p10_another_judge_has_other_keys() -> None:
    assert call_key(b"k" * 32, REQUEST) != call_key(JUDGE, REQUEST)


def test_the_name_of_a_question_and_its_route_change_nothing() -> None:
    named = other(id="criterion 1", prompt=Prompt(Shared("system", "evidence ", b"route"), "question"))
    assert call_key(JUDGE, named) == call_key(JUDGE, REQUEST)


def test_a_key_is_32_bytes_and_the_same_for_equal_calls() -> None:
    one = other(follow_up=({"role": "user", "content": "why"},))
    two = other(prompt=prompt(), follow_up=({"content": "why", "role": "user"},))
    assert call_key(JUDGE, one) == call_key(JUDGE, two)
    assert len(call_key(JUDGE, one)) == 32


@given(PARTS, PARTS)
def test_p10_text_that_moves_from_one_part_to_the_next_makes_another_call(
    one: list[str], two: list[str]
) -> None:
    def keyed(parts: list[str]) -> bytes:
        system, evidence, question, *choices = parts
        return call_key(JUDGE, Request(prompt(system, evidence, question), tuple(choices)))

    assert (keyed(one) == keyed(two)) == (one == two)
