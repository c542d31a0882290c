import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.strict_json import DuplicateKey, NotOneObject, TextAfterObject, read_object, unfence


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        (' \n{"a": true, "b": [1, 2.5, null, "x"]}\n', {"a": True, "b": [1, 2.5, None, "x"]}),
        ('{"a": {"a": 1}}', {"a": {"a": 1}}),  # the same key on two levels is no duplicate
        ('{"a": "\\ud800"}', {"a": "\ud800"}),
    ],
)
def test_one_object(text: str, value: dict[str, object]) -> None:
    assert read_object(text) == value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NotOneObject),
        ("[]", NotOneObject),
        ("null", NotOneObject),
        ('"{}"', NotOneObject),
        ("{", NotOneObject),
        ("{'a': 1}", NotOneObject),
        ('{"a": 1,}', NotOneObject),
        ('{"a": NaN}', NotOneObject),
        ('{"a": -Infinity}', NotOneObject),
        ('{"a": 1e999}', NotOneObject),  # every common parser reads infinity here
        ('{"a": ' + "9" * 5_000 + "}", NotOneObject),
        ('{"a": "\n"}', NotOneObject),  # a bare control character
        ("// comment\n{}", NotOneObject),
        ('{"a": 1, "a": 1}', DuplicateKey),
        ('{"b": {"a": 1, "\\u0061": 2}}', DuplicateKey),  # the same key, once escaped, on a deeper level
        ("{} {}", TextAfterObject),
        ("{}.", TextAfterObject),
        ('{"a": ' * 100_000, NotOneObject),  # deeper than any stack
        ('{"a": ' + "[" * 1_000_000, NotOneObject),
    ],
)
def test_anything_else_is_refused(text: str, error: type[NotOneObject]) -> None:
    with pytest.raises(NotOneObject) as raised:
        read_object(text)
    assert raised.type is error
    assert len(str(raised.value)) < 80, "the message must not carry the text"


@given(st.text() | st.text('{}[]"\\:,0123456789.eE+-truefalsn \n\ud800'))
def test_only_not_one_object_is_ever_raised(text: str) -> None:
    try:
        value = read_object(text)
    except NotOneObject:
        return
    assert value == json.loads(text.strip())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), JSON))
def test_what_json_writes_is_read(value: dict[str, object]) -> None:
    assert read_object(json.dumps(value)) == value


@pytest.mark.parametrize("unit", ["{", '{"a":', '"', "\\", "[", "9", " "])
def test_hostile_text_is_refused_in_linear_time(unit: str) -> None:
    start = time.perf_counter()
    for prefix in ("", "{", '{"a": ', '{"a": "'):
        with pytest.raises(NotOneObject):
            read_object(prefix + unit * (2_000_000 // len(unit)))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("```json\n{}\n```", "{}\n"),
        ("  ```\n{}```  ", "{}"),
        ("``` json \n{}\n```", "{}\n"),
        ("```\n```", ""),
    ],
)
def test_a_fence_around_the_whole_text_is_removed(text: str, inside: str) -> None:
    assert unfence(text) == (inside, True)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "```",
        "``````",
        "```json{}```",
        "```python\n{}\n```",
        "```json\n{}",
        "so: ```json\n{}\n```",
        "`{}`",
        "",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert unfence(text) == (text, False)
