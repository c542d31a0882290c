import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics import text_length
from rubrics.text_length import count_words, words

ALL_WHITESPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
SPACED = st.text(st.characters(max_codepoint=0x0DFF, exclude_categories=[]) | st.sampled_from(ALL_WHITESPACE))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("   ", 0),
        ("word", 1),
        ("  two   words\n\n", 2),
        ("a\x0bb\x0cc\x1cd\x1de\x1ef\x1fg\rh\ti", 9),  # all of them whitespace to str.split
        ("a\x00b a\x7fb", 2),  # controls that are not whitespace
        ("don't - stop -- e.g. 3,000", 6),
        ("déjà vu, naïve café", 4),
        ("10\xa0000\u202f€", 3),  # no-break spaces split, as in str.split
        ("한국어는 띄어쓰기가 있다", 3),  # Korean is spaced
        ("你好", 1),
        ("你好吗", 2),  # 3 characters, rounded up
        ("你好\uff0c世界。", 2),  # the punctuation counts nothing
        ("使用 Python 3 编程", 4),  # 2 runs of 2 characters, and 2 spaced words
        ("用Python3写", 3),  # 1 + 1 + 1: runs inside one piece
        ("-- 你好 --", 3),  # a piece without such characters is a word, as in spaced text
        ("ひらがなとカタカナ", 5),
        ("ﾊﾝｶｸ", 2),
        ("ภาษาไทย", 4),  # 7 characters
        ("ພາສາລາວ", 4),
        ("ភាសាខ្មែរ", 5),
        ("မြန်မာ", 3),
        ("𠀀𠀁𠀂", 2),  # beyond the basic plane
        ("\ud800 lone \udfff", 3),
        ("\u3000全角\u3000空白", 2),
    ],
)
def test_words_by_hand(text: str, count: int) -> None:
    assert count_words(text) == count
    assert len(words(text)) == count


@given(SPACED)
def test_spaced_text_counts_as_split_does(text: str) -> None:
    assert words(text) == text.split()
    assert count_words(text) == len(text.split())


@given(st.text(st.characters(max_codepoint=0x7F) | st.sampled_from(" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f")))
def test_ascii_counts_as_split_does(text: str) -> None:
    assert count_words(text) == len(text.split())


MIXED = st.text(st.characters(exclude_categories=[]) | st.sampled_from("a1 -\uff0c\n你ไ\u3000\ud800"))


@given(MIXED)
def test_the_count_is_the_number_of_words(text: str) -> None:
    assert count_words(text) == len(words(text))


@pytest.mark.parametrize("block", [1, 2, 3, 7])
@given(text=SPACED)
def test_a_text_counted_in_blocks_has_the_same_words(block: int, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_length, "_BLOCK", block)
        assert count_words(text) == len(text.split())


@given(MIXED, MIXED)
def test_words_of_separate_texts_add_up(left: str, right: str) -> None:
    assert count_words(f"{left} {right}") == count_words(left) + count_words(right)


@pytest.mark.parametrize("unit", [" ", "a", "a ", "你", "a你", "a 你", "é ", "\xa0", "\ud800"])
def test_ten_times_the_text_takes_about_ten_times_as_long(unit: str) -> None:
    short, long = unit * 5_000, unit * 50_000

    def seconds(text: str) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            count_words(text)
            times.append(time.perf_counter() - start)
        return min(times)

    assert seconds(long) < 40 * seconds(short) + 0.01  # quadratic would be 100 times; noise is not
