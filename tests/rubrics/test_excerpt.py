import pytest

from rubrics.excerpt import WIDEST, cells, excerpt


def test_a_line_and_its_caret() -> None:
    assert excerpt("name: forum", 12, 7, 5) == ["   12 | name: forum", "              ^^^^^"]


def test_there_is_always_a_caret() -> None:
    assert excerpt("", 1, 1, 0) == ["    1 | ", "        ^"]
    assert excerpt("a:", 1, 3, 1) == ["    1 | a:", "          ^"]


@pytest.mark.parametrize("column", [1, 50, 100, 500, 995, 1000])
def test_of_a_long_line_the_part_is_shown_that_is_meant(column: int) -> None:
    source = "".join(chr(ord("a") + n % 26) for n in range(1000))
    line, caret = excerpt(source, 1, column, 3)
    assert len(line) <= len("    1 | ") + WIDEST + 2 * len("...")
    first = caret.index("^")
    assert line[first : first + caret.count("^")] == source[column - 1 : column + 2]


def test_what_is_underlined_ends_where_the_line_is_cut() -> None:
    line, caret = excerpt("x" * 1000, 1, 1, 1000)
    assert (line.endswith("..."), caret.count("^")) == (True, WIDEST)


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("日本", 4), ("e\u0301", 1), ("🙂", 2), ("ﾃ", 1), ("\uff37", 2), ("\u20dd", 0)],
)
def test_cells_of_a_terminal(text: str, width: int) -> None:
    assert cells(text) == width


def test_nothing_moves_the_cursor() -> None:
    line, _ = excerpt("a\tb\x1b[31m\x00\u202ec", 1, 1, 1)
    assert line == "    1 | a b [31m  c"
