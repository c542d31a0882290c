import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.diff.version import Step, step
from rubrics.diff.words import Run, compare_words


def test_words_and_punctuation() -> None:
    assert compare_words("It names a clause.", "It names a numbered clause, at least.") == [
        Run("kept", " It names a"),
        Run("added", " numbered"),
        Run("kept", " clause"),
        Run("added", ", at least"),
        Run("kept", "."),
    ]


def test_removed_stands_ahead_of_added() -> None:
    assert compare_words("a b", "a\n  c") == [Run("kept", " a"), Run("removed", " b"), Run("added", " c")]
    assert compare_words("", "new") == [Run("added", " new")]


TEXTS = st.text("ab.,- \n", max_size=30)


@given(TEXTS, TEXTS)
def test_the_runs_are_both_texts(before: str, after: str) -> None:
    runs = compare_words(before, after)
    for fate, text in (("removed", before), ("added", after)):
        assert "".join(run.text for run in runs if run.fate in ("kept", fate)).split() == text.split()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("1.0.0", "1.0.0", "same"),
        ("1.9", "1.10", "raised"),
        ("1.2.0", "1.2", "same"),
        ("2", "1.9.9", "lowered"),
        ("v1", "v2", "raised"),
        ("0", "0.1", "raised"),
        ("draft", "1.0", "other"),
        ("2026-01-02", "2026-02-01", "other"),
    ],
)
def test_versions(before: str, after: str, expected: Step) -> None:
    assert step(before, after) == expected
