import time

import pytest

from rubrics.document import parse
from rubrics.problems import ConfigError
from rubrics.strict_yaml import MAX_DEPTH


def mistakes(text: str) -> list[tuple[str, tuple[int, int]]]:
    """What is wrong with a text, each with line and column."""
    try:
        parse(text)
    except ConfigError as error:
        return [(problem.message, problem.position) for problem in error.problems]
    return []


def test_the_norway_problem_is_not_ours() -> None:
    data = parse("countries: [no, NO, se]\nanswer: {policy: [yes, no]}\nversion: 1.10\n").data
    assert data == {"countries": ["no", "NO", "se"], "answer": {"policy": ["yes", "no"]}, "version": 1.1}


def test_keys_are_text() -> None:
    assert parse("true: 1\n3: 2\n0.5: 3\nno: 4\n2024-01-31: 5\n").data == {
        "true": 1,
        "3": 2,
        "0.5": 3,
        "no": 4,
        "2024-01-31": 5,
    }


def test_block_scalars_are_text() -> None:
    assert parse("a: |\n  1\n  2\nb: >-\n  yes\n").data == {"a": "1\n2\n", "b": "yes"}


@pytest.mark.parametrize(
    "text", ["", "\n", "# only a comment\n", "---\n", "---\n...\n", "---\n# x\n...\n# y\n\n"]
)
def test_an_empty_document_holds_nothing(text: str) -> None:
    assert parse(text).data is None


def test_one_document_may_have_its_markers_and_name_its_version() -> None:
    assert parse("%YAML 1.2\n---\na: yes\n...\n").data == {"a": "yes"}


@pytest.mark.parametrize("directive", ["%YAML 1.1", "%YAML 1.3", "%TAG ! tag:x,2000:", "%FOO bar"])
def test_other_directives_are_refused(directive: str) -> None:
    assert mistakes(f"{directive}\n---\na: yes\n") == [("directives are not allowed", (1, 1))]


def test_a_percent_sign_elsewhere_is_no_directive() -> None:
    assert parse("a: 'x\n  % of y'\nb: |\n  %YAML 1.1\n").data == {"a": "x % of y", "b": "%YAML 1.1\n"}


def test_every_mistake_is_found_at_once() -> None:
    found = mistakes("a: &x 1\nb: *x\na: 2\nc: !!int '3'\nd: ! e\nf: .inf\n")
    assert found == [
        ("anchors and aliases are not allowed", (1, 4)),
        ("anchors and aliases are not allowed", (2, 4)),
        ("the key `a` stands here twice", (3, 1)),
        ("the tag !!int is not allowed", (4, 4)),
        ("the tag ! is not allowed", (5, 4)),
        (".inf is not a number that can be used", (6, 4)),
    ]


def test_keys_that_are_one_text_are_duplicates() -> None:
    assert mistakes("1: a\n'1': b\n") == [("the key `1` stands here twice", (2, 1))]


def test_equal_keys_of_different_mappings_are_none() -> None:
    assert parse("a: {x: 1}\nb: {x: 2}\n").data == {"a": {"x": 1}, "b": {"x": 2}}


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert parse("<<: {a: 1}\n").data == {"<<": {"a": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("? [1, 2]\n: x\n", "a key must be plain text"),
        ("? {a: 1}\n: x\n", "a key must be plain text"),
        (": x\n", "a key is missing before this colon"),
        ('"a": "\\ud800"\n', "this holds half a character (a lone surrogate)"),
        ('"\\udc00": 1\n', "this holds half a character (a lone surrogate)"),
        ("a: 9223372036854775808\n", "9223372036854775808 is not a number that can be used"),
        ("a: 1e309\n", "1e309 is not a number that can be used"),
        ("a: -.INF\n", "-.INF is not a number that can be used"),
        ("a: .NaN\n", ".NaN is not a number that can be used"),
        ("a: 1\n---\nb: 2\n", "a second document starts here"),
        ("a: 1\n...\n# more\n---\nb: 2\n", "a second document starts here"),
        ("a: 1\n...\n%YAML 1.3\n---\nb: 2\n", "the document has ended before this"),
        ("{a: 1} }\n", "the document has ended before this"),
        ("a: 1\n...\nb: 2\n", "the document has ended before this"),
        ("a: \x07\n", "the control character U+0007 is not allowed"),
        ("a: \x00\n", "the control character U+0000 is not allowed"),
        ("\ta: 1\n", "found character '\\t' that cannot start any token while scanning for the next token"),
        ("a: [1, 2\n", "expected ',' or ']', but got '<stream end>' while parsing a flow sequence"),
        ("a: 'x\n", "found unexpected end of stream while scanning a quoted scalar"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    assert [found for found, _ in mistakes(text)] == [message]


def test_numbers_of_64_bits_can_be_used() -> None:
    assert parse("[9223372036854775807, -9223372036854775807]").data == [2**63 - 1, 1 - 2**63]


def test_a_number_too_long_for_python_is_a_mistake() -> None:
    ((message, position),) = mistakes("a: " + "9" * 5000)
    assert (message, position) == ("9" * 40 + " is not a number that can be used", (1, 4))


def seconds(text: str) -> float:
    started = time.process_time()
    mistakes(text)
    return time.process_time() - started


def test_a_billion_laughs_are_refused_at_once() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 40)]
    assert seconds("\n".join(lines)) < 1.0
    assert mistakes("\n".join(lines))[0] == ("anchors and aliases are not allowed", (1, 5))


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_at_once(opening: str) -> None:
    started = time.process_time()
    ((message, _),) = mistakes(opening * 200_000)
    assert time.process_time() - started < 1.0
    assert message in (f"nested more than {MAX_DEPTH} deep", "a key must be plain text")


def test_nesting_that_is_only_deep_is_read() -> None:
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert str(parse(text).data).count("[") == MAX_DEPTH


def test_reading_is_linear() -> None:
    def text(lines: int) -> str:
        return "".join(f"key{n}: {{a: [1, 2], b: 'text'}}\n" for n in range(lines))

    small, large = min(seconds(text(100)) for _ in range(3)), min(seconds(text(1000)) for _ in range(3))
    assert large < 25 * small


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        (
            "criteria:\n  - id: a\nweights: {mode: uniform}\n  - id: b\n",
            "a list item cannot stand here",
            (4, 3),
        ),
        ("criteria:\n  - id: a\n   ask: It is kind.\n", "a key cannot stand here", (3, 4)),
        ('ask: "Names it", says so\n', "there is more text after the end of a quotation", (1, 16)),
        ("ask: 'Names it' says so\n", "there is more text after the end of a quotation", (1, 17)),
    ],
)
def test_what_stands_in_a_wrong_place_is_told_in_words(
    text: str, message: str, position: tuple[int, int]
) -> None:
    assert mistakes(text) == [(message, position)]
