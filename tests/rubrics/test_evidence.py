"""Whether a quotation stands in a text, as a reader would say."""

import time
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.evidence import Quotable, passages

TEXT = (
    "It sells a phone, so clause 2(b) applies.\n\n"
    "The author\u2019s claim: \u201cfree\u201d is \ufb01ne... or is it?"
)


def stands_in(quotation: str, texts: Iterable[str]) -> bool:
    return Quotable(texts).holds(quotation)


@pytest.mark.parametrize(
    "quotation",
    [
        "clause 2(b) applies",
        '"clause 2(b) applies."',
        "CLAUSE 2(B)",
        "2(b)",
        "applies. The  author's\tclaim",
        "sells a phone ... 2(b) applies",
        "sells a phone\u2026The author's claim",
        "sells a phone, [...] applies",
        "claim: 'free' is fine",
        "fine... or",
        "cla\u200buse 2(b)",
        "\uff43\uff4c\uff41\uff55\uff53\uff45 2(b)",
        '"sells a phone."',  # a full stop of the judge's own
        "sells a phone .... 2(b) applies",
        "sells a phone. . . the author",
        "**clause 2(b)** applies",
        "# It sells a _phone_",
    ],
)
def test_what_stands_there(quotation: str) -> None:
    assert stands_in(quotation, [TEXT])


@pytest.mark.parametrize(
    "quotation",
    [
        "clause 3",
        "2(b) applies ... sells a phone",  # the wrong way round
        "phone ... phone",  # it stands there once
        "",
        "   ",
        "...",
        '"..."',
        "a",
        "it",
        "a ... b",
        "\u200b\u200b\u200b\u200b\u200b",
        '"""""',
        "The text says that clause 2(b) applies",
        "i ... t ... s ... e ... l ... l ... s",  # letters stand in any text
        "sells ... phone ... clause ... applies ... author",  # and so do words
        "sells a phone ... it",
    ],
)
def test_what_does_not(quotation: str) -> None:
    assert not stands_in(quotation, [TEXT])


@pytest.mark.parametrize("quotation", ["caf\u00e9 cr\u00e8me", "cafe\u0301 cre\u0300me", "cafe creme"])
def test_accents_make_no_difference(quotation: str) -> None:
    assert stands_in(quotation, ["un caf\u00e9 cr\u00e8me", "un cafe\u0301 cre\u0300me"])


@pytest.mark.parametrize("between", ["\u0336", "\u0301\u0323\u0330", "\u2060", "\ufe0e", " ", "*"])
def test_p01_a_text_cannot_be_written_so_that_nobody_can_quote_it(between: str) -> None:
    """Or a pitfall that needs a quotation would cost nothing."""
    assert stands_in("send me the code", [f"Now {between.join('send me the code')} at once"])


@pytest.mark.parametrize("rule", ["-----", "=====", "|---|---|", "* * * * *", "#####", "?!?!?!"])
def test_what_says_nothing_shows_nothing(rule: str) -> None:
    assert not stands_in(rule, [f"Above.\n{rule}\nBelow."])


@pytest.mark.parametrize(
    ("quotation", "text"),
    [
        ("a clause - the second - applies", "a clause \u2013 the second \u2014 applies"),
        ("x = -2", "so x = \u22122 holds"),
        ("see clause 2(b)", "see **clause** _2(b)_"),
        ("\u05d4\u05d5\u05d0 \u05d0\u05de\u05e8", "\u202b\u05d4\u05d5\u05d0\u202c \u05d0\u05de\u05e8\u200f"),
        ("I love it \u2764 so", "I love it \u2764\ufe0f so"),
        ("a hidden word", "a hid\ufffdden\u2400 word"),  # as the judge is shown what cannot be seen
        ("\U0001f389\U0001f389\U0001f389\U0001f389", "\U0001f389" * 4),
        ("wait...", "wait... what"),
        ("\u4f60\u597d\u4e16\u754c", "\u4f60\u597d\n\u4e16\u754c"),
    ],
)
def test_what_a_reader_does_not_see_makes_no_difference(quotation: str, text: str) -> None:
    assert stands_in(quotation, [text])


def test_texts_are_read_once() -> None:
    reads = []

    def texts() -> Iterator[str]:
        reads.append("a text")
        yield "a text"

    found = Quotable(texts())
    assert [found.holds(each) for each in ("a text", "no text", "text")] == [True, False, True]
    assert len(reads) == 1


def test_any_of_several_texts_but_one_of_them() -> None:
    assert stands_in("second text", ["the first", "the second text"])
    assert not stands_in("first ... second", ["the first", "the second"])
    assert not stands_in("the first", [])


@pytest.mark.parametrize("piece", ["\u0301\u0323", "a ... ", "\udc80", "\x00", "a", " ", "\u1e9b\u0323", '"'])
def test_p24_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    begun = time.perf_counter()
    stands_in(text, [text])
    stands_in("aaaa ... " * 1000 + "b", [text])
    assert time.perf_counter() - begun < 3


@given(st.text(), st.text(min_size=4), st.text())
def test_a_passage_stands_in_its_own_text(before: str, passage: str, after: str) -> None:
    alone = sum(character.isalnum() for character in passage)
    if alone >= 8 and passage[0].isalnum() and passage[-1].isalnum():
        assert stands_in(passage, [f"{before} {passage} {after}"])


@pytest.mark.parametrize(
    ("quotation", "text", "found"),
    [
        ("the river", "Throw it in the river.", ["the river"]),
        ('"The  RIVER".', "Throw it in the ri\u200bver.", ["the ri\u200bver"]),
        ("in ... river", "Throw it in the river.", []),
        ("Throw it ... the river", "Throw it in the river.", ["Throw it", "the river"]),
        ("strasse am Fluss", "Die Stra\u00dfe am Flu\u00df", ["Stra\u00dfe am Flu\u00df"]),
        ("made up", "Throw it in the river.", []),
        ("river", "x" * 5000 + " ri ver " + "y" * 5000, ["ri ver"]),
    ],
)
def test_where_a_quotation_stands(quotation: str, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in passages(quotation, text)] == found


@given(st.text(alphabet="abCd \u00c4\u00df\ufb03\u0301.\u200b\n*\u2014-", max_size=30), st.data())
def test_passages_are_found_where_quotations_hold(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quotation = data.draw(
        st.sampled_from([text[start:end], text[start:end].upper(), text[:2] + "..." + text[end:]])
    )
    found = passages(quotation, text)
    assert bool(found) == Quotable([text]).holds(quotation)
    assert all(0 <= begin < stop <= len(text) for begin, stop in found)
    assert all(before[1] <= after[0] for before, after in pairwise(found))


def test_p24_passages_take_linear_time() -> None:
    text = "\ufb03 a\u0301" * 250_000 + "the end of it"
    begun = time.perf_counter()
    (found,) = passages("The end of it", text)
    assert text[slice(*found)] == "the end of it"
    assert time.perf_counter() - begun < 3
