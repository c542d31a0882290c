import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.importing.json_text import read_json
from rubrics.problems import ConfigError
from rubrics.rollout import Json

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(values, max_size=3), st.booleans())
def test_it_reads_what_json_writes(written: list[Json], ascii_only: bool) -> None:
    text = "\n".join(json.dumps(value, ensure_ascii=ascii_only, indent=1) for value in written)
    assert [document.data for document in read_json(text, "some.json")] == written


def test_places_are_those_in_the_whole_text() -> None:
    first, second = read_json('{"a": 1}\n{"b": [10, {"c": "x"}]}\n', "some.jsonl")
    assert (first.mark(("a",)).line, first.mark(("a",)).column) == (1, 2)
    mark = second.mark(("b", 1, "c", "\0value"))
    assert (mark.line, mark.column, mark.length) == (2, 18, 3)


def test_an_emoji_in_two_escapes_is_one_character() -> None:
    (document,) = read_json(r'"\ud83d\ude00"', "some.json")
    assert document.data == "\U0001f600"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('{"a": 1, "a": 2}', "1:10", "the key `a` stands here twice"),
        ('{"a": 1,}', "1:9", "a key in double quotes is expected here"),
        ("[1\n 2]", "2:2", ", or ] is expected here"),
        ('{"a" 1}', "1:6", ": is expected here"),
        ('["a\nb"]', "1:2", "this text has no end on its line"),
        (r'["\x"]', "1:3", "this escape is not JSON"),
        (r'["\ud800"]', "1:2", "half a character"),
        ("[NaN]", "1:2", "a value is expected here"),
        ("[1e999]", "1:2", "1e999 is not a number that can be used"),
        ("[" * 200, "1:101", "nested more than 100 deep"),
        ("{", "1:2", "a key in double quotes"),
        ("[", "1:2", "a value is expected here"),
        ("true]", "1:5", "a value is expected here"),
    ],
)
def test_mistakes_have_their_place(text: str, place: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        list(read_json(text, "some.json"))
    assert str(caught.value).startswith(f"some.json:{place}: error: not JSON: ")
    assert said in str(caught.value)


def test_numbers_keep_their_kind() -> None:
    (document,) = read_json("[1, 1.0, -0.5, 1e2]", "some.json")
    assert isinstance(document.data, list)
    assert [type(value) for value in document.data] == [int, float, float, float]
    assert math.fsum(document.data) == 101.5
