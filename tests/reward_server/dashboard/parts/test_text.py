"""A text is shown whole, inert, and with everything in it that is unseen by its name."""

import re
import time
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.dashboard.parts.text import MOST_NAMED, Stretch, block, clipped, legible, sound, written


def read(markup: str) -> str:
    """What a browser shows of it."""
    return unescape(re.sub(r"<[^>]*>", "", markup))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \u00e9 \U0001f600 \u4f60", "plain \u00e9 \U0001f600 \u4f60"),
        ("\u202ea", "\u27e8U+202E\u27e9a"),
        ("\x1b[2J\x00", "\u27e8ESC\u27e9[2J\u27e8NUL\u27e9"),
        ("\x9b\x01\x7f", "\u27e8U+009B\u27e9\u27e8U+0001\u27e9\u27e8DEL\u27e9"),
        ("\ud800", "\u27e8U+D800\u27e9"),
        (
            "\ufeff\u200b\u2066\U000e0041",
            "\u27e8U+FEFF\u27e9\u27e8U+200B\u27e9\u27e8U+2066\u27e9\u27e8U+E0041\u27e9",
        ),
        ("a\rb", "a\u27e8CR\u27e9b"),
        ("line\n\ttab", "line\n\ttab"),
        (
            "\u0645\u06cc\u200c\u062e",
            "\u0645\u06cc\u200c\u062e",
        ),  # a zero-width non-joiner, which Persian needs
    ],
)
def test_what_is_unseen_is_named(text: str, shown: str) -> None:
    assert legible(text) == shown
    assert read(written(text)) == shown


@given(st.text())
def test_nothing_of_a_text_is_markup_and_nothing_is_lost(text: str) -> None:
    markup = written(text)
    assert set(re.findall(r"<[^>]*>", markup)) <= {'<span class="unseen">', "</span>"}
    assert read(markup) == legible(text)
    kept = [each for each in legible(text) if not (each.isprintable() or each in "\n\t\u200c\u200d")]
    assert all(each.isspace() or ord(each) > 0xA0 for each in kept)


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40))))
def test_stretches_may_lie_in_each_other_and_change_no_word(text: str, places: list[tuple[int, int]]) -> None:
    stretches = [Stretch(start, min(end, len(text)), "mark") for start, end in places]
    markup = written(text, stretches)
    assert read(markup) == legible(text)
    assert markup.count("<mark>") == markup.count("</mark>") <= len(places)


def test_a_stretch_is_set_off() -> None:
    assert (
        written("one two three", [Stretch(4, 7, "mark", "why")]) == 'one <mark title="why">two</mark> three'
    )
    assert written("one two", [Stretch(0, 3, "shared")]) == '<span class="shared">one</span> two'


def test_many_unseen_characters_are_named_without_an_element_for_each() -> None:
    markup = written("a\u202e" * (MOST_NAMED + 5000))
    assert markup.count("<span") == MOST_NAMED
    assert read(markup).count("U+202E") == MOST_NAMED + 5000


def test_a_long_text_is_cut_with_a_link_to_the_rest() -> None:
    pieces = "".join(clipped("x" * 30, "/more?a=1&b=2", [Stretch(8, 20, "mark")], most=10))
    assert read(pieces).split("\n")[1] == "x" * 10 + "20 more characters are not shown. show all"
    assert 'href="/more?a=1&amp;b=2"' in pieces
    assert "<mark>xx</mark>" in pieces
    assert "".join(clipped("x" * 30, None, most=10)) == block("x" * 30)


def test_a_line_end_at_the_start_is_kept() -> None:
    assert '">\n\nfirst' in block("\nfirst")  # HTML drops one behind the tag


def test_line_ends_are_alike() -> None:
    assert sound("a\r\nb\rc\n") == "a\nb\rc\n"


@pytest.mark.parametrize("piece", ["x", "\x1b", "a\u202e", "<b>", "\ud800", "\n", "&"])
def test_p24_a_megabyte_takes_linear_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    begun = time.perf_counter()
    written(text, [Stretch(0, len(text), "mark")])
    assert time.perf_counter() - begun < 5
