import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rubrics.document import parse
from rubrics.importing.draft import Draft, Statement
from rubrics.importing.rubric_yaml import to_yaml
from rubrics.importing.yaml_text import comment, number, scalar
from rubrics.rubric_file import build_rubric

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
worded = texts.filter(str.strip)
weights = st.floats(-1e6, 1e6).filter(lambda weight: abs(weight) >= 1e-6)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (
            'The reply\'s tone is calm, and (mostly) "kind".',
            'The reply\'s tone is calm, and (mostly) "kind".',
        ),
        ("yes", "yes"),
        ("true", "'true'"),
        ("null", "'null'"),
        ("A note: it is late", "'A note: it is late'"),
        ("Uses C #1", "'Uses C #1'"),
        ("Ends so:", "'Ends so:'"),
        ("17.2%", "'17.2%'"),
        ("- it's a list", "'- it''s a list'"),
        ('two\nlines "here"', '"two\\nlines \\"here\\""'),
        ("\u56de\u7b54 \U0001f600", "\u56de\u7b54 \U0001f600"),
        ("a\u2028b\x85c\x00d\ufeff", '"a\\u2028b\\u0085c\\u0000d\\uFEFF"'),
    ],
)
def test_text_is_quoted_where_it_has_to_be(text: str, written: str) -> None:
    assert scalar(text) == written
    assert parse(f"ask: {written}").data == {"ask": text}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(worded, weights, texts), min_size=1, max_size=4), texts)
@example([("# x", 1.0, "a\nb: [")], "\r\n%YAML")
@example([("\U000e0001 \u202e", 1e-6, "\x85criteria:")], "\u2028- id: x")
def test_whatever_it_says_a_rubric_reads_back_the_same(rows: list[tuple[str, float, str]], head: str) -> None:
    statements = tuple(
        Statement(text, weight, (), notes=(note,), section=note) for text, weight, note in rows
    )
    draft = Draft(
        id="some", head=(head,), description=head, guidelines=("Be strict.",), statements=statements
    )
    rubric = build_rubric(parse(to_yaml(draft)))
    assert [(c.ask, c.weight) for c in rubric.criteria] == [(text, weight) for text, weight, _ in rows]
    assert rubric.description == head


def test_a_comment_is_one_line() -> None:
    assert comment("a\nb\x85c\u2028d\ttail ") == r"# a\nb\x85c\u2028d\ttail"


def test_numbers_are_short_and_exact() -> None:
    assert [number(value) for value in (10.0, -5.0, 0.1, 1e-7, 0.1 + 0.2)] == [
        "10",
        "-5",
        "0.1",
        "1e-07",
        "0.30000000000000004",
    ]
