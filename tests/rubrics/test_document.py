from pathlib import Path

import pytest

from rubrics.document import MAX_BYTES, VALUE, load, parse
from rubrics.excerpt import Mark
from rubrics.problems import ConfigError, Problem, Step

TEXT = """\
name: forum
components:
  length: {use: target_length, full: [150, 400]}
  "two words":
    - a
    - {b: c}
empty:
"""


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (("name",), Mark(1, 1, 4)),
        (("name", VALUE), Mark(1, 7, 5)),
        (("components",), Mark(2, 1, 10)),
        (("components", VALUE), Mark(2, 1, 10)),  # a block has no sign of its own to point at
        (("components", "length"), Mark(3, 3, 6)),
        (("components", "length", VALUE), Mark(3, 11, 38)),
        (("components", "length", "full"), Mark(3, 32, 4)),
        (("components", "length", "full", VALUE), Mark(3, 38, 10)),
        (("components", "length", "full", 1), Mark(3, 44, 3)),
        (("components", "length", "full", 1, VALUE), Mark(3, 44, 3)),
        (("components", "two words"), Mark(4, 3, 11)),
        (("components", "two words", 1, "b"), Mark(6, 8, 1)),
        (("empty",), Mark(7, 1, 5)),
    ],
)
def test_keys_values_and_items_have_their_places(path: tuple[Step, ...], mark: Mark) -> None:
    assert parse(TEXT).mark(path) == mark


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        ((), Mark(1, 1, 1)),
        (("nothing",), Mark(1, 1, 1)),
        (("components", "length", "zero"), Mark(3, 3, 6)),
        (("components", "length", "full", 7), Mark(3, 32, 4)),
        (("components", "length", "full", VALUE, VALUE), Mark(3, 38, 10)),
        (("empty", VALUE), Mark(7, 1, 5)),
    ],
)
def test_what_has_no_place_is_at_its_nearest_ancestor(path: tuple[Step, ...], mark: Mark) -> None:
    assert parse(TEXT).mark(path) == mark


def test_has_and_value_follow_paths() -> None:
    document = parse(TEXT)
    assert document.has(("components", "length", "full", 1))
    assert not document.has(("components", "length", "zero"))
    assert document.value(("components", "length", "full", 1)) == 400
    assert document.value(()) is document.data


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(newline: str) -> None:
    document = parse(newline.join(["a: 1", "# second", "b: [1,", "  yes]", ""]))
    assert document.mark(("b", 1)) == Mark(4, 3, 3)
    assert document.excerpt(("b", 1)) == ["    4 |   yes]", "          ^^^"]


def test_a_value_over_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    document = parse("a: [1,\n  2]\nb: |\n  text\n")
    assert document.mark(("a", VALUE)) == Mark(1, 4, 3)
    assert document.mark(("b", VALUE)) == Mark(3, 4, 1)


@pytest.mark.parametrize(
    ("line", "caret"),
    [
        ("{a: 1, b: no}", "              ^^"),
        ('{a: "é", b: no}', "                ^^"),
        ('{a: "e\u0301", b: no}', "                ^^"),
        ('{a: "日本", b: no}', "                   ^^"),
        ('{a: "🙂", b: no}', "                 ^^"),
        ('{a: "x\ty", b: no}', "                  ^^"),
        ('{a: "\u200b", b: no}', "                ^^"),
    ],
)
def test_carets_stand_below_what_is_meant(line: str, caret: str) -> None:
    assert parse(line).excerpt(("b", VALUE)) == [
        "    1 | " + line.translate({9: " ", 0x200B: " "}),
        "    " + caret,
    ]


def test_wide_characters_are_underlined_in_full() -> None:
    assert parse("ключ: 日本語\n").excerpt(("ключ", VALUE))[1] == " " * 14 + "^" * 6


def test_a_file_knows_its_name_and_folder(tmp_path: Path) -> None:
    (tmp_path / "reward.yaml").write_text("a: 1\n", encoding="utf-8")
    document = load(str(tmp_path / "reward.yaml"))
    assert (document.name, document.directory) == (str(tmp_path / "reward.yaml"), tmp_path)


def test_a_byte_order_mark_is_not_content(tmp_path: Path) -> None:
    (tmp_path / "reward.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    document = load(tmp_path / "reward.yaml")
    assert document.data == {"a": 1}
    assert document.mark(("a",)) == Mark(1, 1, 1)


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"a: 1\nb: \xff\n", ":2: not UTF-8 (byte 8)"),
        (b"a: 1\nb: caf\xe9\n", ":2: not UTF-8 (byte 11)"),
        ("a: 1\n".encode("utf-16"), ":1: not UTF-8 (byte 0)"),
        (b"#" * (MAX_BYTES + 1), "is too large: a configuration file may have 8,388,608 bytes"),
    ],
)
def test_files_that_are_no_text_of_ours_are_refused(content: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "reward.yaml"
    path.write_bytes(content)
    assert complaint in refused(path)


def test_a_file_of_the_greatest_size_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rubrics.document.MAX_BYTES", 100)
    path = tmp_path / "reward.yaml"
    path.write_bytes(b"a: 1\n#".ljust(100, b"x"))
    assert load(path).data == {"a": 1}
    path.write_bytes(b"a: 1\n#".ljust(101, b"x"))
    assert "is too large" in refused(path)


def test_files_that_cannot_be_opened_are_messages(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.yaml").endswith("none.yaml: No such file or directory")
    assert refused(tmp_path).endswith(": Is a directory")
    assert "cannot read" in refused(tmp_path / "a\0b")


def test_an_endless_file_is_not_read_to_its_end() -> None:
    assert "is too large" in refused(Path("/dev/zero"))


def test_problems_are_placed_in_their_document() -> None:
    problem = Problem(
        message="wrong", document=parse(TEXT, "forum.yaml"), path=("name", VALUE), hint="mend it"
    )
    assert problem.render() == (
        "forum.yaml:1:7: error: wrong\n    1 | name: forum\n              ^^^^^\n  = mend it"
    )


def test_a_file_that_is_not_there_may_be_one_that_is(tmp_path: Path) -> None:
    (tmp_path / "support-reply.yaml").write_text("a: 1\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "suport-reply.yaml")
    assert caught.value.problems[0].hint == "did you mean `support-reply.yaml`?"
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "nowhere" / "x.yaml")
    assert caught.value.problems[0].hint is None
